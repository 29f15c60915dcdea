package io.github.etcdspring.grpc;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

/**
 * gRPC server on a free port of the loopback address that answers each call with its
 * name.
 */
final class EchoServer implements AutoCloseable {

	private static final MethodDescriptor<String, String> METHOD = MethodDescriptor.newBuilder(new Text(), new Text())
		.setType(MethodDescriptor.MethodType.UNARY)
		.setFullMethodName("test.Echo/call")
		.build();

	private final AtomicInteger calls = new AtomicInteger();

	private final String name;

	private final Server server;

	private volatile Status status = Status.OK;

	private EchoServer(String name, int port) {
		this.name = name;
		try {
			this.server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
				.directExecutor()
				.addService(service(this::answer))
				.build()
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static EchoServer start(String name) {
		return new EchoServer(name, 0);
	}

	/**
	 * Return a service that answers each call.
	 * @param handler handles the call
	 * @return the definition of the service
	 */
	static ServerServiceDefinition service(ServerCalls.UnaryMethod<String, String> handler) {
		return ServerServiceDefinition.builder("test.Echo")
			.addMethod(METHOD, ServerCalls.asyncUnaryCall(handler))
			.build();
	}

	private void answer(String request, StreamObserver<String> answer) {
		this.calls.incrementAndGet();
		if (!this.status.isOk()) {
			answer.onError(this.status.asRuntimeException());
			return;
		}
		answer.onNext(this.name);
		answer.onCompleted();
	}

	/**
	 * Call the service.
	 * @param channel the channel
	 * @return the name of the server that answered
	 */
	static String call(Channel channel) {
		return call(channel, CallOptions.DEFAULT);
	}

	static String call(Channel channel, CallOptions options) {
		return ClientCalls.blockingUnaryCall(channel, METHOD, options.withDeadlineAfter(10, TimeUnit.SECONDS), "");
	}

	/**
	 * Call the service often enough to reach each server.
	 * @param channel the channel
	 * @return the names of the servers that answered
	 */
	static Set<String> answers(Channel channel) {
		Set<String> answers = new TreeSet<>();
		for (int i = 0; i < 20; i++) {
			answers.add(call(channel));
		}
		return answers;
	}

	void answersWith(Status status) {
		this.status = status;
	}

	int calls() {
		return this.calls.get();
	}

	int port() {
		return this.server.getPort();
	}

	/** Stop without ending the calls, as a killed process does. */
	void kill() {
		this.server.shutdownNow();
	}

	@Override
	public void close() {
		this.server.shutdownNow();
		try {
			this.server.awaitTermination(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static final class Text implements MethodDescriptor.Marshaller<String> {

		@Override
		public InputStream stream(String value) {
			return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public String parse(InputStream stream) {
			try {
				return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
