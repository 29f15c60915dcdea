package io.github.etcdspring.mirror;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.GetOption.SortOrder;
import io.etcd.jetcd.options.GetOption.SortTarget;
import io.etcd.jetcd.options.TxnOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;

import org.springframework.util.Assert;

/**
 * Reads ranges of keys as they stood at one revision, in one transaction as long as that
 * fits into a message. Not for use by several threads.
 */
public final class RangeReader {

	/** So many keys of a range are read at once. */
	static final int PAGE = 10_000;

	/** etcd accepts no more operations in a transaction, unless told otherwise. */
	private static final int MOST_TOGETHER = 128;

	/** How many of the newest entries have to be as they were, after a break. */
	private static final int SAMPLE = 100;

	private final EtcdConnection connection;

	private final List<KeyRange> ranges;

	private boolean together;

	private int page;

	/**
	 * Create a reader.
	 * @param connection the connection to etcd
	 * @param ranges what to read, not empty; a range within another is read once
	 */
	public RangeReader(EtcdConnection connection, List<KeyRange> ranges) {
		this(connection, ranges, PAGE);
	}

	RangeReader(EtcdConnection connection, List<KeyRange> ranges, int page) {
		Assert.notEmpty(ranges, "There must be a range to read");
		this.connection = connection;
		this.ranges = KeyRange.withoutOverlap(ranges);
		this.together = this.ranges.size() > 1 && this.ranges.size() <= MOST_TOGETHER;
		this.page = page;
	}

	/** The ranges without those that lie within another. */
	List<KeyRange> ranges() {
		return this.ranges;
	}

	/**
	 * Read all keys as they are now, all of them at one revision.
	 * @return what the ranges hold
	 * @throws EtcdRequestException if there is no answer in time or etcd refused
	 * @throws InterruptedException if the thread is interrupted
	 */
	public Snapshot list() throws EtcdRequestException, InterruptedException {
		return list(0);
	}

	/**
	 * Read all keys as they were at a revision.
	 * @param revision the revision
	 * @return what the ranges held
	 * @throws EtcdRequestException if there is no answer in time or etcd refused, for the
	 * {@linkplain Reason#REVISION_GONE reason} that it no longer or not yet has the
	 * revision among others
	 * @throws InterruptedException if the thread is interrupted
	 */
	public Snapshot list(long revision) throws EtcdRequestException, InterruptedException {
		return thatFits((limit) -> list(revision, limit));
	}

	/**
	 * Whether etcd does not let this user read one of the ranges.
	 * @return whether a range is forbidden
	 * @throws EtcdRequestException if there is no answer in time or etcd refused for
	 * another reason
	 * @throws InterruptedException if the thread is interrupted
	 */
	public boolean isForbidden() throws EtcdRequestException, InterruptedException {
		try {
			for (KeyRange range : this.ranges) {
				get(range.start(), range.getOption().withCountOnly(true).build());
			}
			return false;
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.PERMISSION_DENIED) {
				return true;
			}
			throw ex;
		}
	}

	private Snapshot list(long wanted, int limit) throws EtcdRequestException, InterruptedException {
		List<KeyValue> found = new ArrayList<>();
		long revision = wanted;
		List<GetResponse> firstPages = (this.together)
				? getTogether((range) -> range.getOption().withLimit(limit).withRevision(wanted).build()) : List.of();
		for (int i = 0; i < this.ranges.size(); i++) {
			KeyRange range = this.ranges.get(i);
			GetResponse response = (this.together) ? firstPages.get(i)
					: get(range.start(), range.getOption().withLimit(limit).withRevision(revision).build());
			revision = (revision == 0) ? response.getHeader().getRevision() : revision;
			found.addAll(response.getKvs());
			while (response.isMore()) {
				byte[] last = found.get(found.size() - 1).getKey().getBytes();
				response = get(ByteSequence.from(Arrays.copyOf(last, last.length + 1)),
						range.getOption().withLimit(limit).withRevision(revision).build());
				found.addAll(response.getKvs());
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
			List<GetResponse> newest = thatFits((limit) -> newest(snapshot.revision(), Math.min(limit, SAMPLE)));
			long known = 0;
			for (int i = 0; i < newest.size(); i++) {
				Snapshot part = (newest.size() == 1) ? snapshot : snapshot.within(this.ranges.get(i));
				if (!part.agreesWith(newest.get(i).getKvs(), newest.get(i).getCount())) {
					return false;
				}
				known += part.entries().size();
			}
			// what it holds beyond the ranges is out of date, wherever it is from
			return known >= snapshot.entries().size();
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.REVISION_GONE) {
				return false;
			}
			throw ex;
		}
	}

	private List<GetResponse> newest(long revision, int limit) throws EtcdRequestException, InterruptedException {
		Function<KeyRange, GetOption> options = (range) -> range.getOption()
			.withRevision(revision)
			.withSortField(SortTarget.MOD)
			.withSortOrder(SortOrder.DESCEND)
			.withLimit(limit)
			.build();
		if (this.together) {
			return getTogether(options);
		}
		List<GetResponse> responses = new ArrayList<>();
		for (KeyRange range : this.ranges) {
			responses.add(get(range.start(), options.apply(range)));
		}
		return responses;
	}

	private List<GetResponse> getTogether(Function<KeyRange, GetOption> options)
			throws EtcdRequestException, InterruptedException {
		Op[] gets = this.ranges.stream().map((range) -> Op.get(range.start(), options.apply(range))).toArray(Op[]::new);
		// to repeat what only reads does no harm
		TxnOption option = TxnOption.builder().withAutoRetry().build();
		return this.connection.call(() -> this.connection.client().getKVClient().txn(option).Then(gets).commit())
			.getGetResponses();
	}

	private GetResponse get(ByteSequence from, GetOption option) throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> this.connection.client().getKVClient().get(from, option));
	}

	/**
	 * Read less at once for as long as the answer does not fit into a message.
	 */
	private <T> T thatFits(Read<T> read) throws EtcdRequestException, InterruptedException {
		while (true) {
			try {
				return read.upTo(this.page);
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() != Reason.TOO_LARGE || (this.page == 1 && !this.together)) {
					throw ex;
				}
				if (this.together) {
					this.together = false;
				}
				else {
					this.page = Math.max(1, this.page / 4);
				}
			}
		}
	}

	/**
	 * Reads up to a number of keys of a range at once.
	 */
	@FunctionalInterface
	private interface Read<T> {

		T upTo(int limit) throws EtcdRequestException, InterruptedException;

	}

}
