package io.github.etcdspring.testsupport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Several etcd servers that are one cluster, each with faults of its own. Used by one
 * thread at a time.
 */
public final class EtcdCluster implements AutoCloseable {

	private static final Duration ELECTION_LIMIT = Duration.ofSeconds(20);

	private final List<EtcdServer> members;

	private EtcdCluster(List<EtcdServer> members) {
		this.members = members;
	}

	/**
	 * Starts a cluster and waits until every member serves.
	 * @param size the number of members
	 * @return the cluster
	 */
	public static EtcdCluster start(int size) {
		return start(size, EtcdServer.builder());
	}

	/**
	 * Starts a cluster of servers that are not as usual.
	 * @param size the number of members
	 * @param builder how each of them is to be run
	 * @return the cluster
	 */
	public static EtcdCluster start(int size, EtcdServerBuilder builder) {
		List<String> names = IntStream.rangeClosed(1, size).mapToObj((number) -> "etcd" + number).toList();
		return new EtcdCluster(builder.start(names));
	}

	/**
	 * Returns all members, whatever state they are in.
	 * @return the members
	 */
	public List<EtcdServer> members() {
		return this.members;
	}

	/**
	 * Returns where clients find the members.
	 * @return a URL per member
	 */
	public List<String> endpoints() {
		return this.members.stream().map(EtcdServer::endpoint).toList();
	}

	/**
	 * Waits until exactly one member says that it leads.
	 * @return that member
	 */
	public EtcdServer leader() {
		List<EtcdServer> leaders = new ArrayList<>();
		boolean elected = Poll.until(() -> {
			leaders.clear();
			this.members.stream().filter(EtcdServer::isLeader).forEach(leaders::add);
			return leaders.size() == 1;
		}, ELECTION_LIMIT);
		if (!elected) {
			throw new IllegalStateException("No leader among " + endpoints() + ", but " + leaders.size());
		}
		return leaders.get(0);
	}

	/**
	 * Returns the running members that do not lead.
	 * @return the followers
	 */
	public List<EtcdServer> followers() {
		EtcdServer leader = leader();
		return this.members.stream().filter((member) -> member != leader && member.isRunning()).toList();
	}

	/**
	 * Starts the members that do not run and waits until every member serves.
	 */
	public void restart() {
		List<EtcdServer> stopped = this.members.stream().filter((member) -> !member.isRunning()).toList();
		// Together: one alone may have nobody to form a majority with.
		stopped.forEach(EtcdServer::launch);
		this.members.forEach(EtcdServer::awaitServing);
	}

	@Override
	public void close() {
		this.members.forEach(EtcdServer::close);
	}

}
