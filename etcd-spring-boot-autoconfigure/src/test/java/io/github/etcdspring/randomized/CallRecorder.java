package io.github.etcdspring.randomized;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.github.etcdspring.randomized.Call.Attempt;
import io.github.etcdspring.registry.EtcdServiceInstance;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;

/**
 * Makes calls and records which instances the load balancer chose for each.
 */
final class CallRecorder implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

	private final Map<String, List<Attempt>> current = new ConcurrentHashMap<>();

	private final AtomicLong numbers = new AtomicLong();

	Call call(CallingClient client, Consumer<String> calls) {
		String id = "" + this.numbers.incrementAndGet();
		List<Attempt> attempts = new CopyOnWriteArrayList<>();
		this.current.put(id, attempts);
		long start = System.nanoTime();
		String failure = "";
		try {
			calls.accept(id);
		}
		catch (RuntimeException ex) {
			failure = ex.toString();
		}
		this.current.remove(id);
		return new Call(client, start, System.nanoTime(), List.copyOf(attempts), failure);
	}

	@Override
	public void onStart(Request<Object> request) {
	}

	@Override
	public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
		if (request.getContext() instanceof RequestDataContext context && response.hasServer()
				&& response.getServer() instanceof EtcdServiceInstance instance) {
			String id = context.getClientRequest().getHeaders().getFirst(CallingClient.HEADER);
			List<Attempt> attempts = (id != null) ? this.current.get(id) : null;
			if (attempts != null) {
				attempts.add(new Attempt(instance.instanceId(), instance.revision(), System.nanoTime()));
			}
		}
	}

	@Override
	public void onComplete(CompletionContext<Object, ServiceInstance, Object> call) {
	}

}
