package io.github.etcdspring.lock;

import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration properties for leader election.
 *
 * @param enabled Whether to take part in the election of a leader for each Candidate bean
 * and each configured role.
 * @param prefix Prefix of the keys of all roles.
 * @param roles Comma-separated list of roles for which this application is a candidate,
 * in addition to those of Candidate beans.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.leader")
public record EtcdLeaderProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/leaders") String prefix,
		@DefaultValue List<String> roles) {

}
