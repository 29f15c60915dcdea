package io.github.etcdspring.lease;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.awaitility.Awaitility.await;

/**
 * Tests a key that is written and deleted while its watch is interrupted.
 */
class MissedDeletionIntegrationTests {

	private static final String KEY = "/services/orders/1";

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	private final AtomicBoolean holdsWatches = new AtomicBoolean();

	/** After the compaction, the list finds the same as before: no key. */
	@Test
	void keyIsWrittenAgainAlthoughNoListShowsADifference() {
		EtcdServer etcd = this.opened.etcd();
		TestConnection direct = this.opened.connection(etcd);
		TcpProxy proxy = this.opened.add(TcpProxy.to(etcd.port()));
		TestConnection connection = this.opened.add(TestConnection.to("http://127.0.0.1:" + proxy.port(),
				(builder) -> builder.interceptor(new WatchHolder())));
		LeaseSession session = this.opened.add(new LeaseSession(connection.get(), Duration.ofSeconds(6)));
		session.put(KEY, "1").join();
		session.remove(KEY).join();
		await().until(() -> session.watches().stream().map(MirrorReport::entries).allMatch((entries) -> entries == 0)
				&& session.watches().stream().allMatch((watch) -> watch.revision() >= etcd.revision()));
		this.holdsWatches.set(true);
		proxy.cut();
		session.put(KEY, "2").join();
		direct.delete(KEY);
		direct.put("/elsewhere", "1");
		direct.compact();
		this.holdsWatches.set(false);
		await().atMost(Duration.ofSeconds(10)).until(() -> direct.find(KEY) != null);
	}

	/**
	 * Ends new watches at once, while all other requests are sent.
	 */
	private final class WatchHolder implements ClientInterceptor {

		@Override
		public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
			return new SimpleForwardingClientCall<>(next.newCall(method, options)) {

				@Override
				public void start(Listener<A> listener, Metadata headers) {
					super.start(listener, headers);
					if ("Watch".equals(method.getBareMethodName())
							&& MissedDeletionIntegrationTests.this.holdsWatches.get()) {
						cancel("held by the test", null);
					}
				}

			};
		}

	}

}
