package io.github.etcdspring.benchmarks.load;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.http.HttpHeaders;

/**
 * Makes calls and records which instances the load balancer chose for each. Times are by
 * {@link System#nanoTime}.
 */
final class CallTracker implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

	/** Identifies a call in the events of the load balancer. */
	static final String HEADER = "Call";

	private final Map<String, List<Attempt>> current = new ConcurrentHashMap<>();

	Call call(String id, Function<String, @Nullable String> client) {
		List<Attempt> attempts = new CopyOnWriteArrayList<>();
		this.current.put(id, attempts);
		long start = System.nanoTime();
		String failure = null;
		try {
			if (!CallsProvider.ANSWER.equals(client.apply(id))) {
				failure = "No response";
			}
		}
		catch (RuntimeException ex) {
			failure = ex.toString();
		}
		this.current.remove(id);
		return new Call(start, System.nanoTime(), attempts, failure);
	}

	@Override
	public void onStart(Request<Object> request) {
	}

	@Override
	public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
		ServiceInstance instance = response.getServer();
		if (instance != null && request.getContext() instanceof RequestDataContext context) {
			RequestData data = context.getClientRequest();
			HttpHeaders headers = (data != null) ? data.getHeaders() : null;
			String id = (headers != null) ? headers.getFirst(HEADER) : null;
			List<Attempt> attempts = (id != null) ? this.current.get(id) : null;
			if (attempts != null) {
				attempts.add(new Attempt(instance.getPort(), System.nanoTime()));
			}
		}
	}

	@Override
	public void onComplete(CompletionContext<Object, ServiceInstance, Object> call) {
	}

	/**
	 * A call.
	 *
	 * @param start the start
	 * @param end the end
	 * @param attempts its attempts, one after the other
	 * @param failure why it failed, {@code null} if it was answered
	 */
	record Call(long start, long end, List<Attempt> attempts, @Nullable String failure) {

		/**
		 * Whether the instance of a port was called at any moment of a time.
		 */
		boolean wasInFlight(int port, long from, long to) {
			for (int i = 0; i < this.attempts.size(); i++) {
				long ended = (i + 1 < this.attempts.size()) ? this.attempts.get(i + 1).start() : this.end;
				Attempt attempt = this.attempts.get(i);
				if (attempt.port() == port && attempt.start() - to <= 0 && ended - from >= 0) {
					return true;
				}
			}
			return false;
		}

	}

	/**
	 * An attempt of a call.
	 *
	 * @param port port of the instance
	 * @param start the start
	 */
	record Attempt(int port, long start) {

	}

}
