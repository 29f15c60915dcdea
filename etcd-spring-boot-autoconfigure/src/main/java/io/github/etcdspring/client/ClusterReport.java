package io.github.etcdspring.client;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.etcd.jetcd.maintenance.StatusResponse;
import io.github.etcdspring.client.ClusterStatus.Endpoint;
import io.github.etcdspring.client.ClusterStatus.Member;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Combines the status responses of several members into one {@link ClusterStatus}.
 */
final class ClusterReport {

	/**
	 * Alarm in the errors of a status. Requesting the alarms would cost a Raft proposal,
	 * and jetcd supports only one type of alarm.
	 */
	private static final Pattern ALARM = Pattern.compile("memberID:(\\d+) alarm:(\\w+)");

	private final List<Endpoint> endpoints = new ArrayList<>();

	private final Map<Long, StatusResponse> statuses = new LinkedHashMap<>();

	private final Map<Long, TreeSet<String>> alarms = new TreeMap<>();

	private List<io.etcd.jetcd.cluster.Member> listed = List.of();

	private @Nullable String unlisted;

	/** Why etcd refuses access, {@code null} if it does not. */
	private @Nullable String refusal;

	void answered(String url, StatusResponse status) {
		long member = status.getHeader().getMemberId();
		this.endpoints.add(new Endpoint(url, true, id(member), null));
		this.statuses.put(member, status);
		status.getErrorList().stream().flatMap((error) -> ALARM.matcher(error).results()).forEach(this::raised);
	}

	private void raised(MatchResult alarm) {
		this.alarms.computeIfAbsent(Long.parseUnsignedLong(alarm.group(1)), (member) -> new TreeSet<>())
			.add(alarm.group(2));
	}

	void failed(String url, EtcdRequestException failure, String problem) {
		this.endpoints.add(new Endpoint(url, failure.requiresIntervention(), null, problem));
		// a role may permit access to keys, but not to the status
		if (failure.requiresIntervention() && failure.reason() != Reason.PERMISSION_DENIED) {
			this.refusal = problem;
		}
	}

	void listed(List<io.etcd.jetcd.cluster.Member> members) {
		this.listed = members;
	}

	void unlisted(String problem) {
		this.unlisted = problem;
	}

	ClusterStatus status() {
		long leader = leader();
		Map<Long, Member> members = new LinkedHashMap<>();
		for (io.etcd.jetcd.cluster.Member member : this.listed) {
			members.put(member.getId(), member(member.getId(), leader, member));
		}
		for (Long id : this.statuses.keySet()) {
			members.computeIfAbsent(id, (unknown) -> member(unknown, leader, null));
		}
		return new ClusterStatus(List.copyOf(this.endpoints), List.copyOf(members.values()), problems(leader));
	}

	/** The leader according to the members with the highest Raft term. */
	private long leader() {
		long term = -1;
		long leader = 0;
		for (StatusResponse status : this.statuses.values()) {
			if (status.getLeader() != 0 && status.getRaftTerm() > term) {
				term = status.getRaftTerm();
				leader = status.getLeader();
			}
		}
		return leader;
	}

	private Member member(long id, long leader, io.etcd.jetcd.cluster.@Nullable Member listed) {
		String name = (listed != null) ? listed.getName() : null;
		List<String> clientUrls = (listed != null) ? listed.getClientURIs().stream().map(URI::toString).toList()
				: List.of();
		List<String> raised = List.copyOf(this.alarms.getOrDefault(id, new TreeSet<>()));
		StatusResponse status = this.statuses.get(id);
		if (status == null) {
			boolean learner = listed != null && listed.isLearner();
			return new Member(id(id), name, clientUrls, id == leader, learner, null, null, null, null, raised);
		}
		return new Member(id(id), name, clientUrls, id == leader, status.isLearner(), status.getVersion(),
				status.getHeader().getRevision(), status.getDbSize(), status.getDbSizeInUse(), raised);
	}

	private List<String> problems(long leader) {
		List<String> problems = new ArrayList<>();
		if (this.endpoints.isEmpty()) {
			if (this.unlisted != null) {
				problems.add("etcd does not answer: " + this.unlisted);
			}
		}
		else if (this.endpoints.stream().noneMatch(Endpoint::reachable)) {
			problems.add("no etcd endpoint answers");
		}
		if (this.refusal != null) {
			problems.add("etcd refuses access: " + this.refusal);
		}
		if (leader == 0 && !this.statuses.isEmpty()) {
			problems.add("the cluster has no leader and cannot process writes");
		}
		this.alarms.forEach((member, raised) -> raised
			.forEach((alarm) -> problems.add("alarm " + alarm + " raised by member " + id(member))));
		return List.copyOf(problems);
	}

	private static String id(long member) {
		return Long.toHexString(member);
	}

}
