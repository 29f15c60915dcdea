package io.github.etcdspring.client;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How the cluster stood when it was asked.
 *
 * @param endpoints the endpoints of the application, each with the member behind it
 * @param members the members of the cluster, as far as they are known
 * @param problems what is wrong with the cluster as a whole, empty if it can be used
 */
public record ClusterStatus(List<Endpoint> endpoints, List<Member> members, List<String> problems) {

	/**
	 * An address that the application connects to.
	 *
	 * @param url the address
	 * @param reachable whether an etcd answered there
	 * @param member id of the member that answered, in the form of {@code etcdctl}
	 * @param problem why there is no status of that member
	 */
	public record Endpoint(String url, boolean reachable, @Nullable String member, @Nullable String problem) {

	}

	/**
	 * A member of the cluster. What only the member itself knows is missing where no
	 * endpoint leads to it.
	 *
	 * @param id id of the member, in the form of {@code etcdctl}
	 * @param name its name, if the members could be listed
	 * @param clientUrls where it says that clients reach it
	 * @param leader whether it leads
	 * @param learner whether it has no vote yet
	 * @param version its version of etcd
	 * @param revision revision that it has reached
	 * @param dbSize bytes of its database
	 * @param dbSizeInUse bytes that would be left after a defragmentation
	 * @param alarms what it has raised, {@code NOSPACE} or {@code CORRUPT}
	 */
	public record Member(String id, @Nullable String name, List<String> clientUrls, boolean leader, boolean learner,
			@Nullable String version, @Nullable Long revision, @Nullable Long dbSize, @Nullable Long dbSizeInUse,
			List<String> alarms) {

	}

}
