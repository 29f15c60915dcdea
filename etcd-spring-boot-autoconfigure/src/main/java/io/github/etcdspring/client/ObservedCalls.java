package io.github.etcdspring.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Passes each call to the observer as soon as there is one: the client of an import is
 * older than the beans.
 */
final class ObservedCalls implements ClientInterceptor {

	private volatile @Nullable CallObserver observer;

	@Nullable CallObserver observer() {
		return this.observer;
	}

	void setObserver(@Nullable CallObserver observer) {
		this.observer = observer;
	}

	@Override
	public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
		CallObserver current = this.observer;
		return (current != null) ? current.interceptCall(method, options, next) : next.newCall(method, options);
	}

}
