package io.github.etcdspring.loadbalancer;

import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.CompletionContext.Status;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;

/**
 * Reports the outcome of each load-balanced call to {@link OutlierEjection}. A response
 * with any status, such as 500, is a success.
 */
final class CallOutcomes implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

	private final OutlierEjection ejection;

	CallOutcomes(OutlierEjection ejection) {
		this.ejection = ejection;
	}

	@Override
	public void onStart(Request<Object> request) {
	}

	@Override
	public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
		ServiceInstance instance = instance(response);
		if (instance != null) {
			this.ejection.started(instance);
		}
	}

	@Override
	public void onComplete(CompletionContext<Object, ServiceInstance, Object> call) {
		ServiceInstance instance = instance(call.getLoadBalancerResponse());
		if (instance == null) {
			return;
		}
		if (call.status() == Status.SUCCESS) {
			this.ejection.answered(instance);
		}
		else if (call.status() == Status.FAILED) {
			this.ejection.failed(instance, CallFailure.of(call.getThrowable()));
		}
	}

	private static @Nullable ServiceInstance instance(@Nullable Response<ServiceInstance> response) {
		return (response != null && response.hasServer()) ? response.getServer() : null;
	}

}
