package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.operations.ConfigState.Versioned;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link EtcdHistoryOperations} that uses the connection of the application.
 */
final class EtcdHistoryTemplate implements EtcdHistoryOperations {

	private final Requests requests;

	private final HistoryKeys keys;

	private final EtcdConfigHistoryProperties properties;

	private final HistoryReader reader;

	EtcdHistoryTemplate(Requests requests, HistoryKeys keys, EtcdConfigHistoryProperties properties) {
		this.requests = requests;
		this.keys = keys;
		this.properties = properties;
		this.reader = new HistoryReader(requests, keys, properties);
	}

	@Override
	public List<HistoryEntry> list(String prefix) {
		return list(prefix, true);
	}

	@Override
	public List<HistoryEntry> listWithoutRecording(String prefix) {
		return list(prefix, false);
	}

	private List<HistoryEntry> list(String prefix, boolean record) {
		requirePrefix(prefix);
		return this.requests.execute("Failed to read the history of " + prefix + " under " + this.keys.describe(prefix),
				() -> this.reader.list(prefix, record));
	}

	@Override
	public ConfigState state(String prefix) {
		return read(prefix, 0);
	}

	@Override
	public ConfigState state(String prefix, long revision) {
		Assert.isTrue(revision > 0, "'revision' must be positive");
		return read(prefix, revision);
	}

	private ConfigState read(String prefix, long revision) {
		requirePrefix(prefix);
		Snapshot found = this.requests.execute(
				"Failed to read the keys under " + prefix + ((revision > 0) ? " at revision " + revision : ""),
				() -> this.requests.list(KeyRange.prefix(prefix), revision));
		Map<String, Versioned> entries = new TreeMap<>();
		for (KeyValue entry : found.entries().values()) {
			if (!Proposal.isReserved(entry.getKey())) {
				String key = entry.getKey().toString(StandardCharsets.UTF_8);
				entries.put(key.substring(prefix.length()), new Versioned(
						ConfigValue.of(entry.getValue(), this.properties.isSecret(key)), entry.getModRevision()));
			}
		}
		return new ConfigState(prefix, found.revision(), entries);
	}

	@Override
	public ConfigSnapshot saveSnapshot(String prefix, String name) {
		requirePrefix(prefix);
		ByteSequence key = this.keys.snapshot(prefix, name);
		ConfigSnapshot snapshot = new ConfigSnapshot(name, HistoryKeys.now(), state(prefix));
		ByteSequence value = HistoryFormat.write(snapshot);
		String problem = "Failed to save snapshot " + name + " of " + prefix;
		Cmp absent = new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0));
		TxnResponse response = this.requests.execute(problem, () -> {
			try {
				return this.requests.connection()
					.call(() -> this.requests.kv()
						.txn()
						.If(absent)
						.Then(Op.put(key, value, PutOption.DEFAULT))
						.commit());
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() == Reason.TOO_LARGE) {
					throw new EtcdConfigException(problem + ": it has " + value.size()
							+ " bytes, which is more than etcd accepts. Save snapshots of longer prefixes, or raise"
							+ " --max-request-bytes (1.5 MiB by default)", ex);
				}
				throw ex;
			}
		});
		if (!response.isSucceeded()) {
			throw new EtcdConfigException(problem + ": it already exists. Delete it, or choose another name", null);
		}
		return HistoryFormat.readSnapshot(prefix, name, value);
	}

	@Override
	public List<String> snapshots(String prefix) {
		requirePrefix(prefix);
		String parent = this.keys.snapshots(prefix);
		ByteSequence start = ByteSequence.from(parent, StandardCharsets.UTF_8);
		GetOption option = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
		return this.requests.execute("Failed to read the snapshots of " + prefix,
				() -> this.requests.connection()
					.call(() -> this.requests.kv().get(start, option))
					.getKvs()
					.stream()
					.map((entry) -> entry.getKey().toString(StandardCharsets.UTF_8).substring(parent.length()))
					.filter((name) -> name.indexOf('/') < 0)
					.toList());
	}

	@Override
	public @Nullable ConfigSnapshot findSnapshot(String prefix, String name) {
		requirePrefix(prefix);
		ByteSequence key = this.keys.snapshot(prefix, name);
		String problem = "Failed to read snapshot " + name + " of " + prefix;
		return this.requests
			.execute(problem, () -> this.requests.connection().call(() -> this.requests.kv().get(key)).getKvs())
			.stream()
			.findFirst()
			.map((entry) -> parse(problem, prefix, name, entry.getValue()))
			.orElse(null);
	}

	private static ConfigSnapshot parse(String problem, String prefix, String name, ByteSequence value) {
		try {
			return HistoryFormat.readSnapshot(prefix, name, value);
		}
		catch (IllegalArgumentException ex) {
			throw new EtcdConfigException(problem + ": " + ex.getMessage() + ". Delete it", ex);
		}
	}

	@Override
	public boolean deleteSnapshot(String prefix, String name) {
		requirePrefix(prefix);
		ByteSequence key = this.keys.snapshot(prefix, name);
		return this.requests.execute("Failed to delete snapshot " + name + " of " + prefix,
				() -> this.requests.connection().call(() -> this.requests.kv().delete(key)).getDeleted() > 0);
	}

	private static void requirePrefix(String prefix) {
		Assert.hasLength(prefix, "'prefix' must not be empty");
	}

}
