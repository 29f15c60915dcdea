package io.github.etcdspring.mirror;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Reads ranges of keys as they stood at one revision, in one transaction as long as that
 * fits into a message. Leaves out the ranges that this user may not read, unless that is
 * all of them. Not thread-safe.
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

	private final List<KeyRange> withoutOverlap;

	private final PageSize page;

	private final Set<KeyRange> forbidden = new LinkedHashSet<>();

	private List<KeyRange> permitted;

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
		this.ranges = ranges.stream().distinct().toList();
		this.withoutOverlap = KeyRange.withoutOverlap(this.ranges);
		this.permitted = this.withoutOverlap;
		this.page = new PageSize(page);
	}

	/** The ranges without those that lie within another, whether permitted or not. */
	List<KeyRange> ranges() {
		return this.withoutOverlap;
	}

	/** The ranges that are read, none of them within another. */
	List<KeyRange> permitted() {
		return this.permitted;
	}

	/**
	 * Return the ranges that the last list left out because this user may not read them.
	 * @return the ranges
	 */
	public List<KeyRange> forbidden() {
		return List.copyOf(this.forbidden);
	}

	/** Whether a key is left out: it lies in none but forbidden ranges. */
	boolean isLeftOut(ByteSequence key) {
		return this.forbidden.stream().anyMatch((range) -> range.contains(key))
				&& this.permitted.stream().noneMatch((range) -> range.contains(key));
	}

	/**
	 * Read all keys as they are now, all of them at one revision.
	 * @return what the permitted ranges hold
	 * @throws EtcdRequestException if there is no answer in time or etcd refused
	 * @throws InterruptedException if the thread is interrupted
	 */
	public Snapshot list() throws EtcdRequestException, InterruptedException {
		return list(0);
	}

	/**
	 * Read all keys as they were at a revision.
	 * @param revision the revision
	 * @return what the permitted ranges held
	 * @throws EtcdRequestException if there is no answer in time or etcd refused, for the
	 * {@linkplain Reason#REVISION_GONE reason} that it no longer or not yet has the
	 * revision among others
	 * @throws InterruptedException if the thread is interrupted
	 */
	public Snapshot list(long revision) throws EtcdRequestException, InterruptedException {
		while (true) {
			try {
				Snapshot found = thatFits((limit) -> list(revision, limit));
				this.page.succeeded();
				return found;
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() != Reason.PERMISSION_DENIED || !leaveOutForbidden()) {
					throw ex;
				}
			}
		}
	}

	/**
	 * Read the entries that were put after a revision, all of them at one revision. Costs
	 * this application what has changed, and etcd as much as a list.
	 * @param revision the revision
	 * @return the entries, {@code null} if only a list can tell
	 * @throws EtcdRequestException if there is no answer in time or etcd refused
	 * @throws InterruptedException if the thread is interrupted
	 */
	@Nullable PutEntries putAfter(long revision) throws EtcdRequestException, InterruptedException {
		if (!readsTogether() || !this.forbidden.isEmpty()) {
			return null;
		}
		try {
			List<GetResponse> responses = getTogether(
					(range) -> range.getOption().withMinModRevision(revision + 1).build());
			return new PutEntries(responses.get(0).getHeader().getRevision(),
					responses.stream().flatMap((response) -> response.getKvs().stream()).toList(),
					responses.stream().mapToLong(GetResponse::getCount).sum());
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.TOO_LARGE || ex.reason() == Reason.PERMISSION_DENIED) {
				return null;
			}
			throw ex;
		}
	}

	/** Leave out ranges that were refused before, unless that is all of them. */
	void leaveOut(List<KeyRange> refused) {
		if (!refused.containsAll(this.ranges)) {
			forbid(new LinkedHashSet<>(refused));
		}
	}

	/**
	 * Find out which ranges this user may no longer read, and leave them out.
	 * @return whether there are such, and others remain
	 */
	boolean leaveOutForbidden() throws EtcdRequestException, InterruptedException {
		Set<KeyRange> refused = new LinkedHashSet<>(this.forbidden);
		if (this.ranges.size() > 1) {
			for (KeyRange range : this.ranges) {
				if (!refused.contains(range) && !mayRead(range)) {
					refused.add(range);
				}
			}
		}
		if (refused.size() == this.forbidden.size() || refused.size() == this.ranges.size()) {
			return false;
		}
		forbid(refused);
		return true;
	}

	/**
	 * Find out which of the forbidden ranges this user may read now, and read them again.
	 * @return whether there are such
	 */
	boolean takeUpPermitted() throws EtcdRequestException, InterruptedException {
		Set<KeyRange> refused = new LinkedHashSet<>();
		for (KeyRange range : this.forbidden) {
			if (!mayRead(range)) {
				refused.add(range);
			}
		}
		if (refused.size() == this.forbidden.size()) {
			return false;
		}
		forbid(refused);
		return true;
	}

	private void forbid(Set<KeyRange> refused) {
		List<KeyRange> rest = this.ranges.stream().filter((range) -> !refused.contains(range)).toList();
		this.permitted = KeyRange.withoutOverlap(rest);
		this.forbidden.addAll(refused);
		this.forbidden.retainAll(refused);
	}

	private boolean mayRead(KeyRange range) throws EtcdRequestException, InterruptedException {
		try {
			get(range.start(), range.getOption().withCountOnly(true).build());
			return true;
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.PERMISSION_DENIED) {
				return false;
			}
			throw ex;
		}
	}

	private Snapshot list(long wanted, int limit) throws EtcdRequestException, InterruptedException {
		List<KeyValue> found = new ArrayList<>();
		long revision = wanted;
		boolean together = readsTogether();
		List<GetResponse> firstPages = (together)
				? getTogether((range) -> range.getOption().withLimit(limit).withRevision(wanted).build()) : List.of();
		for (int i = 0; i < this.permitted.size(); i++) {
			KeyRange range = this.permitted.get(i);
			GetResponse response = (together) ? firstPages.get(i)
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
			boolean whole = newest.size() == 1 && this.forbidden.isEmpty();
			long known = 0;
			for (int i = 0; i < newest.size(); i++) {
				Snapshot part = (whole) ? snapshot : snapshot.within(this.permitted.get(i));
				if (!part.agreesWith(newest.get(i).getKvs(), newest.get(i).getCount())) {
					return false;
				}
				known += part.entries().size();
			}
			// what it holds beyond the ranges is out of date, wherever it is from
			return known + leftOut(snapshot) >= snapshot.entries().size();
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.REVISION_GONE) {
				return false;
			}
			throw ex;
		}
	}

	private long leftOut(Snapshot snapshot) {
		return (this.forbidden.isEmpty()) ? 0 : snapshot.entries().keySet().stream().filter(this::isLeftOut).count();
	}

	private List<GetResponse> newest(long revision, int limit) throws EtcdRequestException, InterruptedException {
		Function<KeyRange, GetOption> options = (range) -> range.getOption()
			.withRevision(revision)
			.withSortField(SortTarget.MOD)
			.withSortOrder(SortOrder.DESCEND)
			.withLimit(limit)
			.build();
		if (readsTogether()) {
			return getTogether(options);
		}
		List<GetResponse> responses = new ArrayList<>();
		for (KeyRange range : this.permitted) {
			responses.add(get(range.start(), options.apply(range)));
		}
		return responses;
	}

	private boolean readsTogether() {
		return !this.page.isApart() && this.permitted.size() > 1 && this.permitted.size() <= MOST_TOGETHER;
	}

	private List<GetResponse> getTogether(Function<KeyRange, GetOption> options)
			throws EtcdRequestException, InterruptedException {
		Op[] gets = this.permitted.stream()
			.map((range) -> Op.get(range.start(), options.apply(range)))
			.toArray(Op[]::new);
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
				return read.upTo(this.page.keys());
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() != Reason.TOO_LARGE || !this.page.shrink(readsTogether())) {
					throw ex;
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
