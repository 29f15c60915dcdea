package io.github.etcdspring.client;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Executor;

import javax.naming.Context;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.DirContext;
import javax.naming.directory.InitialDirContext;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the SRV records of a cluster to its members. The resolver of jetcd blocks the
 * channel during the lookup, logs a stack trace for each failure, and does not provide a
 * name to verify the server certificate.
 */
final class SrvNameResolver extends NameResolver {

	private final URI target;

	private final Executor executor;

	private final SynchronizationContext channel;

	private @Nullable Listener2 listener;

	private boolean resolving;

	SrvNameResolver(URI target, Args args) {
		this.target = target;
		this.executor = Objects.requireNonNull(args.getOffloadExecutor());
		this.channel = args.getSynchronizationContext();
	}

	/**
	 * Return the domain of the records. Server certificates are verified against it and
	 * not against the host names in DNS, as by {@code etcdctl --discovery-srv}.
	 */
	@Override
	public String getServiceAuthority() {
		return name().replaceFirst("^_[^.]+\\._[^.]+\\.", "");
	}

	private String name() {
		return this.target.getPath().substring(1);
	}

	@Override
	public void start(Listener2 listener) {
		this.listener = listener;
		resolve();
	}

	@Override
	public void refresh() {
		resolve();
	}

	@Override
	public void shutdown() {
		this.listener = null;
	}

	private void resolve() {
		if (!this.resolving) {
			this.resolving = true;
			this.executor.execute(() -> {
				StatusOr<List<EquivalentAddressGroup>> members = members();
				this.channel.execute(() -> resolved(members));
			});
		}
	}

	private void resolved(StatusOr<List<EquivalentAddressGroup>> members) {
		this.resolving = false;
		if (this.listener != null) {
			this.listener.onResult2(ResolutionResult.newBuilder().setAddressesOrError(members).build());
		}
	}

	/** The provider for DNS has no objects to deserialize. */
	@SuppressWarnings("BanJNDI")
	private StatusOr<List<EquivalentAddressGroup>> members() {
		try {
			DirContext dns = new InitialDirContext(environment());
			try {
				return StatusOr.fromValue(members(dns.getAttributes(name(), new String[] { "SRV" }).get("SRV")));
			}
			finally {
				dns.close();
			}
		}
		catch (NamingException | RuntimeException ex) {
			// without the cause, as gRPC would log its stack trace for each failure
			return StatusOr.fromStatus(Status.UNAVAILABLE
				.withDescription("no SRV records found for " + name() + " (" + ex.getMessage()
						+ "). Correct spring.cloud.etcd.target, or list the members in spring.cloud.etcd.endpoints"));
		}
	}

	private Properties environment() {
		String server = this.target.getAuthority();
		Properties environment = new Properties();
		environment.setProperty(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
		environment.setProperty(Context.PROVIDER_URL, (server != null) ? "dns://" + server : "dns:");
		environment.setProperty("com.sun.jndi.dns.timeout.initial", "1000");
		environment.setProperty("com.sun.jndi.dns.timeout.retries", "2");
		return environment;
	}

	private static List<EquivalentAddressGroup> members(@Nullable Attribute records) throws NamingException {
		if (records == null) {
			throw new NamingException("the name has only records of other types");
		}
		List<EquivalentAddressGroup> members = new ArrayList<>();
		for (Object rdata : Collections.list(records.getAll())) {
			// priority, weight, port, host
			String[] fields = rdata.toString().split(" ", 4);
			String host = fields[3].replaceFirst("\\.$", "");
			members.add(new EquivalentAddressGroup(new InetSocketAddress(host, Integer.parseInt(fields[2]))));
		}
		return members;
	}

}
