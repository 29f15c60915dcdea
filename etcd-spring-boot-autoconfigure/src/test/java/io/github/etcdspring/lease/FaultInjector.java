package io.github.etcdspring.lease;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.etcdspring.fixture.UnsentCall;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Fails or drops calls before they reach etcd, and counts all calls.
 */
final class FaultInjector implements ClientInterceptor {

	private final Map<String, Fault> faults = new ConcurrentHashMap<>();

	private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

	/**
	 * Fail the next calls of a method.
	 * @param method name of the method, without its service
	 * @param status the status to fail with
	 * @param times number of calls to fail
	 */
	void fail(String method, Status status, int times) {
		this.faults.put(method, new Fault(status, new AtomicInteger(times)));
	}

	/**
	 * Drop the next calls of a method, so that they end with their deadline.
	 * @param method name of the method, without its service
	 * @param times number of calls to drop
	 */
	void drop(String method, int times) {
		this.faults.put(method, new Fault(null, new AtomicInteger(times)));
	}

	int calls(String method) {
		return this.calls.computeIfAbsent(method, (name) -> new AtomicInteger()).get();
	}

	@Override
	public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
		String name = method.getBareMethodName();
		this.calls.computeIfAbsent(name, (key) -> new AtomicInteger()).incrementAndGet();
		Fault fault = this.faults.get(name);
		ClientCall<Q, A> call = next.newCall(method, options);
		if (fault == null || fault.times().getAndDecrement() <= 0) {
			return call;
		}
		return new UnsentCall<>(call, fault.status());
	}

	private record Fault(@Nullable Status status, AtomicInteger times) {

	}

}
