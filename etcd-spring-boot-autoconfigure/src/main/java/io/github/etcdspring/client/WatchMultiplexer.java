package io.github.etcdspring.client;

import io.etcd.jetcd.api.WatchGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Multiplexes the watches of the starter on one gRPC stream, as etcd's protocol allows.
 * jetcd opens a stream for each of them. Watches of the application keep streams of their
 * own, as a slow listener would block all watches of its stream.
 */
final class WatchMultiplexer implements ClientInterceptor {

	/** Whether watches that are opened in the current context share a stream. */
	static final Context.Key<Boolean> SHARED = Context.key("etcd-shared-watch-stream");

	private final int maxMessageSize;

	private @Nullable SharedWatchStream stream;

	WatchMultiplexer(int maxMessageSize) {
		this.maxMessageSize = maxMessageSize;
	}

	@Override
	@SuppressWarnings("unchecked") // the method determines the types
	public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
		if (Boolean.TRUE.equals(SHARED.get()) && method.equals(WatchGrpc.getWatchMethod())) {
			return (ClientCall<Q, A>) new SharedWatch(this, options, next);
		}
		return next.newCall(method, options);
	}

	/**
	 * Add a watch to the current stream, or to a new one.
	 * @param watch the watch
	 * @return the stream of the watch
	 */
	synchronized SharedWatchStream join(SharedWatch watch) {
		SharedWatchStream current = this.stream;
		if (current != null && current.add(watch)) {
			return current;
		}
		SharedWatchStream next = watch.openStream(this.maxMessageSize);
		this.stream = next;
		if (!next.add(watch)) {
			watch.close(Status.UNAVAILABLE.withDescription("the client is closed"), new Metadata());
		}
		return next;
	}

}
