package io.github.etcdspring.testsupport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A cluster of etcd servers, each with its own faults. Not thread-safe.
 */
public final class EtcdCluster implements AutoCloseable {

	private static final Duration ELECTION_LIMIT = Duration.ofSeconds(20);

	private final List<EtcdServer> members;

	private EtcdCluster(List<EtcdServer> members) {
		this.members = members;
	}

	/**
	 * Starts a cluster and waits until every member is ready.
	 * @param size the number of members
	 * @return the cluster
	 */
	public static EtcdCluster start(int size) {
		return start(size, EtcdServer.builder());
	}

	/**
	 * Starts a cluster of customized servers and waits until every member is ready.
	 * @param size the number of members
	 * @param builder options of each member
	 * @return the cluster
	 */
	public static EtcdCluster start(int size, EtcdServerBuilder builder) {
		List<String> names = IntStream.rangeClosed(1, size).mapToObj((number) -> "etcd" + number).toList();
		return new EtcdCluster(builder.start(names));
	}

	/**
	 * Returns all members, including stopped ones.
	 * @return the members
	 */
	public List<EtcdServer> members() {
		return this.members;
	}

	/**
	 * Returns the client URLs of the members.
	 * @return a URL per member
	 */
	public List<String> endpoints() {
		return this.members.stream().map(EtcdServer::endpoint).toList();
	}

	/**
	 * Waits until exactly one member reports that it is the leader.
	 * @return the leader
	 */
	public EtcdServer leader() {
		List<EtcdServer> leaders = new ArrayList<>();
		boolean elected = Poll.until(() -> {
			leaders.clear();
			this.members.stream().filter(EtcdServer::isLeader).forEach(leaders::add);
			return leaders.size() == 1;
		}, ELECTION_LIMIT);
		if (!elected) {
			throw new IllegalStateException("Expected one leader among " + endpoints() + " within "
					+ ELECTION_LIMIT.toSeconds() + " s, found " + leaders.size());
		}
		return leaders.get(0);
	}

	/**
	 * Returns the running members that are not the leader.
	 * @return the followers
	 */
	public List<EtcdServer> followers() {
		EtcdServer leader = leader();
		return this.members.stream().filter((member) -> member != leader && member.isRunning()).toList();
	}

	/**
	 * Starts the stopped members and waits until every member is ready.
	 */
	public void restart() {
		List<EtcdServer> stopped = this.members.stream().filter((member) -> !member.isRunning()).toList();
		// All at once: a single member may have no quorum.
		stopped.forEach(EtcdServer::launch);
		this.members.forEach(EtcdServer::awaitServing);
	}

	@Override
	public void close() {
		this.members.forEach(EtcdServer::close);
	}

}
