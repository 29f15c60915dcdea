package io.github.etcdspring.mirror;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;

/**
 * Reads a range of keys, in pages that become smaller when one does not fit into a
 * message. Not for use by several threads.
 */
final class RangeReader {

	private static final int PAGE = 2000;

	/** How many of the newest entries have to be as they were, after a break. */
	private static final int SAMPLE = 100;

	private final EtcdConnection connection;

	private final KeyRange range;

	private int page = PAGE;

	RangeReader(EtcdConnection connection, KeyRange range) {
		this.connection = connection;
		this.range = range;
	}

	/**
	 * Read all keys, all pages at the revision of the first.
	 * @return what the range holds
	 */
	Snapshot list() throws EtcdRequestException, InterruptedException {
		return inPages(this::list);
	}

	private Snapshot list(int limit) throws EtcdRequestException, InterruptedException {
		List<KeyValue> found = new ArrayList<>();
		ByteSequence from = this.range.start();
		long revision = 0;
		boolean more = true;
		while (more) {
			GetResponse response = get(from, this.range.getOption().withLimit(limit).withRevision(revision).build());
			revision = (revision == 0) ? response.getHeader().getRevision() : revision;
			found.addAll(response.getKvs());
			more = response.isMore();
			if (more) {
				byte[] last = found.get(found.size() - 1).getKey().getBytes();
				from = ByteSequence.from(Arrays.copyOf(last, last.length + 1));
			}
		}
		return Snapshot.of(revision, found);
	}

	/**
	 * Make sure that the server still has the history that led to a snapshot. After a
	 * compaction, or in a store that was wiped or restored, it does not, even if it has
	 * come to the same revision again.
	 * @param snapshot what was read before
	 * @return whether the changes after the snapshot can be had
	 */
	boolean confirms(Snapshot snapshot) throws EtcdRequestException, InterruptedException {
		try {
			GetResponse response = inPages((limit) -> get(this.range.start(),
					this.range.getOption()
						.withRevision(snapshot.revision())
						.withSortField(SortTarget.MOD)
						.withSortOrder(SortOrder.DESCEND)
						.withLimit(Math.min(limit, SAMPLE))
						.build()));
			return snapshot.agreesWith(response.getKvs(), response.getCount());
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.REVISION_GONE) {
				return false;
			}
			throw ex;
		}
	}

	private GetResponse get(ByteSequence from, GetOption option) throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> this.connection.client().getKVClient().get(from, option));
	}

	private <T> T inPages(Read<T> read) throws EtcdRequestException, InterruptedException {
		while (true) {
			try {
				return read.upTo(this.page);
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() != Reason.TOO_LARGE || this.page == 1) {
					throw ex;
				}
				this.page = Math.max(1, this.page / 4);
			}
		}
	}

	/**
	 * Reads up to a number of keys at once.
	 */
	@FunctionalInterface
	private interface Read<T> {

		T upTo(int limit) throws EtcdRequestException, InterruptedException;

	}

}
