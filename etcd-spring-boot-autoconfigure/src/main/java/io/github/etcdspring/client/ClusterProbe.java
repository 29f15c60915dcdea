package io.github.etcdspring.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.etcd.jetcd.cluster.MemberListResponse;
import io.etcd.jetcd.maintenance.StatusResponse;
import io.github.etcdspring.client.EtcdRequestException.Reason;

/**
 * Requests the status of all endpoints in parallel. Each request uses a connection of its
 * own, which is closed with the response, so no connection is kept open for health
 * checks.
 */
public final class ClusterProbe {

	private final EtcdConnection connection;

	/**
	 * Create a probe.
	 * @param connection the connection to etcd
	 */
	public ClusterProbe(EtcdConnection connection) {
		this.connection = connection;
	}

	/**
	 * Request the status of all endpoints and wait for the responses.
	 * @param timeout the maximum time for all requests
	 * @return the status of the cluster
	 * @throws InterruptedException if the thread is interrupted
	 */
	public ClusterStatus probe(Duration timeout) throws InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		CompletableFuture<MemberListResponse> members = this.connection
			.callFailFast(() -> this.connection.client().getClusterClient().listMember(), timeout);
		List<StatusRequest> requests = this.connection.endpoints()
			.stream()
			.map((url) -> requestStatus(url, timeout))
			.toList();
		ClusterReport report = new ClusterReport();
		for (StatusRequest request : requests) {
			try {
				report.answered(request.url(), await(request.answer(), end));
			}
			catch (EtcdRequestException ex) {
				report.failed(request.url(), ex, explain(ex, request.url(), timeout));
			}
		}
		try {
			report.listed(await(members, end).getMembers());
		}
		catch (EtcdRequestException ex) {
			report.unlisted(explain(ex, "", timeout));
		}
		return report.status();
	}

	private StatusRequest requestStatus(String url, Duration timeout) {
		return new StatusRequest(url, this.connection
			.callFailFast(() -> this.connection.client().getMaintenanceClient().statusMember(target(url)), timeout));
	}

	/** Same conversion as for other calls, as jetcd uses this target unchanged. */
	private static String target(String url) {
		if (!url.startsWith("http://") && !url.startsWith("https://")) {
			return url;
		}
		URI uri = URI.create(url);
		return "ip:///" + uri.getHost() + ":" + uri.getPort();
	}

	private static <T> T await(CompletableFuture<T> answer, long end)
			throws EtcdRequestException, InterruptedException {
		try {
			return answer.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException | CancellationException ex) {
			throw EtcdRequestException.of(ex);
		}
		catch (TimeoutException ex) {
			throw EtcdRequestException.timeout("no answer");
		}
	}

	private static String explain(EtcdRequestException failure, String url, Duration timeout) {
		return (failure.reason() == Reason.TIMEOUT) ? "no answer within " + timeout.toMillis() + " ms"
				: EndpointDiagnosis.explain(failure, url.startsWith("https"), failure);
	}

	/**
	 * Pending request to an endpoint.
	 */
	private record StatusRequest(String url, CompletableFuture<StatusResponse> answer) {

	}

}
