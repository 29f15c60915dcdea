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
 * Asks all endpoints at once how they are, each by a connection that ends with the
 * answer, so that nothing is kept open for the sake of whoever might ask.
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
	 * Ask, and wait for the answers.
	 * @param patience how long all of it may take
	 * @return how the cluster stands
	 * @throws InterruptedException if the thread is interrupted
	 */
	public ClusterStatus ask(Duration patience) throws InterruptedException {
		long end = System.nanoTime() + patience.toNanos();
		CompletableFuture<MemberListResponse> members = this.connection
			.ask(() -> this.connection.client().getClusterClient().listMember(), patience);
		List<Question> questions = this.connection.endpoints().stream().map((url) -> ask(url, patience)).toList();
		ClusterReport report = new ClusterReport();
		for (Question question : questions) {
			try {
				report.answered(question.url(), await(question.answer(), end));
			}
			catch (EtcdRequestException ex) {
				report.failed(question.url(), ex, explain(ex, question.url(), patience));
			}
		}
		try {
			report.listed(await(members, end).getMembers());
		}
		catch (EtcdRequestException ex) {
			report.unlisted(explain(ex, "", patience));
		}
		return report.status();
	}

	private Question ask(String url, Duration patience) {
		return new Question(url, this.connection
			.ask(() -> this.connection.client().getMaintenanceClient().statusMember(target(url)), patience));
	}

	/** The same that jetcd makes of an endpoint, as it makes none of this one. */
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

	private static String explain(EtcdRequestException failure, String url, Duration patience) {
		return (failure.reason() == Reason.TIMEOUT) ? "no answer within " + patience.toMillis() + " ms"
				: EndpointDiagnosis.explain(failure, url.startsWith("https"), failure);
	}

	/**
	 * What one endpoint was asked.
	 */
	private record Question(String url, CompletableFuture<StatusResponse> answer) {

	}

}
