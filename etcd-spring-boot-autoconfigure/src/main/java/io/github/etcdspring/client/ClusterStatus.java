package io.github.etcdspring.client;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Status of an etcd cluster at the time of a probe.
 *
 * @param endpoints the endpoints of the application, each with the member that answered
 * @param members the known members of the cluster
 * @param problems problems of the cluster as a whole, empty if it is available
 */
public record ClusterStatus(List<Endpoint> endpoints, List<Member> members, List<String> problems) {

	/**
	 * Address that the application connects to.
	 *
	 * @param url the address
	 * @param reachable whether an etcd member answered
	 * @param member id of the member that answered, in the format of {@code etcdctl}
	 * @param problem why the status is not available, {@code null} if it is
	 */
	public record Endpoint(String url, boolean reachable, @Nullable String member, @Nullable String problem) {

	}

	/**
	 * Member of the cluster. Values that only the member itself reports are {@code null}
	 * if no endpoint connects to it.
	 *
	 * @param id id of the member, in the format of {@code etcdctl}
	 * @param name its name, if the members could be listed
	 * @param clientUrls the client URLs that it advertises
	 * @param leader whether it is the leader
	 * @param learner whether it is a learner without a vote
	 * @param version its version of etcd
	 * @param revision its current revision
	 * @param dbSize size of its database in bytes
	 * @param dbSizeInUse size of its database in bytes after a defragmentation
	 * @param alarms its active alarms, {@code NOSPACE} or {@code CORRUPT}
	 */
	public record Member(String id, @Nullable String name, List<String> clientUrls, boolean leader, boolean learner,
			@Nullable String version, @Nullable Long revision, @Nullable Long dbSize, @Nullable Long dbSizeInUse,
			List<String> alarms) {

	}

}
