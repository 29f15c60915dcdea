package io.github.etcdspring.sample.board;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.ResponseData;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatusCode;
import org.springframework.stereotype.Component;

/**
 * Counts the load-balanced calls of the last minute by instance and outcome. The load
 * balancer also reports the instance of a failed call.
 */
@Component
@Profile("consumer")
final class CallHistory implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

	/** Key of calls for which no instance was available. */
	static final String NO_INSTANCE = "";

	private final Map<String, CallSeries> series = new ConcurrentHashMap<>();

	@Override
	public void onStart(Request<Object> request) {
	}

	@Override
	public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
	}

	@Override
	public void onComplete(CompletionContext<Object, ServiceInstance, Object> completion) {
		Response<ServiceInstance> response = completion.getLoadBalancerResponse();
		ServiceInstance instance = (response != null && response.hasServer()) ? response.getServer() : null;
		String key = (instance != null) ? key(instance.getServiceId(), instance.getInstanceId()) : NO_INSTANCE;
		this.series.computeIfAbsent(key, (unknown) -> new CallSeries()).add(second(), isAnswered(completion));
	}

	private static boolean isAnswered(CompletionContext<Object, ServiceInstance, Object> completion) {
		HttpStatusCode status = (completion.getClientResponse() instanceof ResponseData response)
				? response.getHttpStatus() : null;
		return completion.status() == CompletionContext.Status.SUCCESS
				&& (status == null || !status.is5xxServerError());
	}

	static String key(String serviceId, @Nullable String instanceId) {
		return serviceId + "/" + instanceId;
	}

	/**
	 * Return the calls of the last minute, without the current second.
	 * @return calls by {@link #key service and instance}
	 */
	Map<String, CallSeries.Minute> lastMinute() {
		long second = second();
		Map<String, CallSeries.Minute> minutes = new TreeMap<>();
		this.series.forEach((key, calls) -> {
			CallSeries.Minute minute = calls.before(second);
			if (minute != null) {
				minutes.put(key, minute);
			}
			else {
				this.series.remove(key, calls);
			}
		});
		return minutes;
	}

	private static long second() {
		return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
	}

}
