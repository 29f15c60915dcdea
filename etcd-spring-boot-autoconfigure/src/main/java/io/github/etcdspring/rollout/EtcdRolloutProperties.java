package io.github.etcdspring.rollout;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Configuration properties for rollouts of configuration.
 *
 * @param drive Whether this application takes over rollouts of its configuration that no
 * other process drives, if it may write the keys.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.rollout")
public record EtcdRolloutProperties(@DefaultValue("true") boolean drive) {

}
