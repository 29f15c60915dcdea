package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.registry.OverrideFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link EtcdInstanceOperations} that uses the connection of the application.
 */
final class EtcdInstanceTemplate implements EtcdInstanceOperations {

	private final EtcdConnection connection;

	private final InstanceKeys instanceKeys;

	private final InstanceKeys overrideKeys;

	EtcdInstanceTemplate(EtcdConnection connection, InstanceKeys instanceKeys, InstanceKeys overrideKeys) {
		this.connection = connection;
		this.instanceKeys = instanceKeys;
		this.overrideKeys = overrideKeys;
	}

	@Override
	public InstanceOverride takeOutOfService(String service, String instanceId, String owner, String reason,
			Instant until) {
		return save(new InstanceOverride(service, instanceId, owner, reason, until, true, null));
	}

	@Override
	public InstanceOverride changeWeight(String service, String instanceId, int weight, String owner, String reason,
			Instant until) {
		return save(new InstanceOverride(service, instanceId, owner, reason, until, false, weight));
	}

	private InstanceOverride save(InstanceOverride override) {
		Assert.isTrue(override.until().isAfter(Instant.now()), "'until' must be in the future");
		String what = "Failed to override instance " + override.instance() + " of service '" + override.service() + "'";
		ByteSequence key = bytes(this.overrideKeys.key(override.service(), override.instance()));
		ByteSequence instance = bytes(this.instanceKeys.key(override.service(), override.instance()));
		ByteSequence value = bytes(OverrideFormat.write(override));
		KeyValue before = execute(what, () -> this.connection.call(() -> kv().get(key))).getKvs()
			.stream()
			.findFirst()
			.orElse(null);
		InstanceOverride current = (before != null) ? read(before) : null;
		if (current != null && !isOver(current) && !current.owner().equals(override.owner())) {
			throw new EtcdInstanceException(what + ": it has an override of " + current.owner() + " until "
					+ current.until() + ". Clear that one first", null);
		}
		long revision = (before != null) ? before.getModRevision() : 0;
		TxnResponse response = execute(what,
				() -> this.connection.call(() -> kv().txn()
					.If(new Cmp(instance, Cmp.Op.GREATER, CmpTarget.createRevision(0)),
							new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision)))
					.Then(Op.put(key, value, PutOption.DEFAULT))
					.Else(Op.get(instance, GetOption.builder().withCountOnly(true).build()))
					.commit()));
		if (!response.isSucceeded()) {
			boolean isRegistered = response.getGetResponses().get(0).getCount() > 0;
			throw new EtcdInstanceException(
					what + ((isRegistered) ? ": the override was modified concurrently. Read it again and retry"
							: ": the instance is not registered, etcd has no key "
									+ instance.toString(StandardCharsets.UTF_8) + ". Check service and instance id"),
					null);
		}
		return override;
	}

	@Override
	public boolean clear(String service, String instanceId) {
		ByteSequence key = bytes(this.overrideKeys.key(service, instanceId));
		return execute("Failed to clear the override of instance " + instanceId + " of service '" + service + "'",
				() -> this.connection.call(() -> kv().delete(key)))
			.getDeleted() > 0;
	}

	@Override
	public List<InstanceOverride> list() {
		KeyRange range = KeyRange.prefix(this.overrideKeys.prefix());
		List<InstanceOverride> found = new ArrayList<>();
		for (KeyValue entry : execute("Failed to read the overrides under " + range,
				() -> new RangeReader(this.connection, List.of(range)).list(0))
			.entries()
			.values()) {
			InstanceOverride override = read(entry);
			if (override != null && !isOver(override)) {
				found.add(override);
			}
		}
		found.sort(Comparator.comparing(InstanceOverride::service).thenComparing(InstanceOverride::instance));
		return List.copyOf(found);
	}

	private static boolean isOver(InstanceOverride override) {
		return !override.until().isAfter(Instant.now());
	}

	private @Nullable InstanceOverride read(KeyValue entry) {
		InstanceKey name = this.overrideKeys.parse(entry.getKey());
		try {
			return (name != null) ? OverrideFormat.read(name, entry.getValue().getBytes()) : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	private <T> T execute(String problem, Request<T> request) {
		try {
			return request.send();
		}
		catch (EtcdRequestException ex) {
			throw new EtcdInstanceException(problem + ": " + this.connection.explain(ex).text(), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EtcdInstanceException(problem + ": the thread was interrupted", ex);
		}
	}

	private KV kv() {
		return this.connection.client().getKVClient();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * Blocking request to etcd.
	 *
	 * @param <T> the type of the response
	 */
	@FunctionalInterface
	private interface Request<T> {

		T send() throws EtcdRequestException, InterruptedException;

	}

}
