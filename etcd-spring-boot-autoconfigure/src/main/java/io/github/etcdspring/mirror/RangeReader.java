package io.github.etcdspring.mirror;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
 * Reads key ranges at one revision, in one transaction if the answer fits into a message.
 * Excludes the ranges that the user may not read, but fails if all are forbidden. Not
 * thread-safe.
 */
public final class RangeReader {

	/** Number of keys of a range that are read at once. */
	static final int PAGE_SIZE = 10_000;

	/** Default limit of operations in a transaction of etcd. */
	private static final int MAX_TRANSACTION_OPERATIONS = 128;

	/** Number of the newest entries that are compared before a watch is resumed. */
	private static final int SAMPLE_SIZE = 100;

	private final EtcdConnection connection;

	private final List<KeyRange> ranges;

	private final List<KeyRange> withoutOverlap;

	private final PageSize page;

	private final Set<KeyRange> forbidden = new LinkedHashSet<>();

	private List<KeyRange> permitted;

	private long storeRevision;

	/**
	 * Create a reader.
	 * @param connection the connection to etcd
	 * @param ranges the ranges to read, not empty; a range within another is read once
	 */
	public RangeReader(EtcdConnection connection, List<KeyRange> ranges) {
		this(connection, ranges, PAGE_SIZE);
	}

	RangeReader(EtcdConnection connection, List<KeyRange> ranges, int page) {
		Assert.notEmpty(ranges, "'ranges' must not be empty");
		this.connection = connection;
		this.ranges = ranges.stream().distinct().toList();
		this.withoutOverlap = KeyRange.withoutOverlap(this.ranges);
		this.permitted = this.withoutOverlap;
		this.page = new PageSize(page);
	}

	/** Return all ranges, permitted or not, except those within another. */
	List<KeyRange> ranges() {
		return this.withoutOverlap;
	}

	/** Return the ranges that are read, none of them within another. */
	List<KeyRange> permitted() {
		return this.permitted;
	}

	/**
	 * Return the ranges that the last list excluded because the user may not read them.
	 * @return the ranges
	 */
	public List<KeyRange> forbidden() {
		return List.copyOf(this.forbidden);
	}

	/** Whether a key is excluded: it lies in forbidden ranges only. */
	boolean isExcluded(ByteSequence key) {
		return this.forbidden.stream().anyMatch((range) -> range.contains(key))
				&& this.permitted.stream().noneMatch((range) -> range.contains(key));
	}

	/**
	 * Read all keys at the current revision.
	 * @return the entries of the permitted ranges
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request
	 * @throws InterruptedException if the thread is interrupted
	 */
	public Snapshot list() throws EtcdRequestException, InterruptedException {
		return list(0);
	}

	/**
	 * Read all keys at a revision.
	 * @param revision the revision, 0 for the current one
	 * @return the entries of the permitted ranges
	 * @throws EtcdRequestException if there is no answer in time or etcd refused the
	 * request, with {@link Reason#REVISION_GONE} if the revision is compacted or in the
	 * future
	 * @throws InterruptedException if the thread is interrupted
	 */
	public Snapshot list(long revision) throws EtcdRequestException, InterruptedException {
		while (true) {
			try {
				Snapshot found = withPageThatFits((limit) -> list(revision, limit));
				this.page.succeeded();
				return found;
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() != Reason.PERMISSION_DENIED || !excludeForbidden()) {
					throw ex;
				}
			}
		}
	}

	/**
	 * Read the entries that were put since a revision, up to that of a known entry, in
	 * one transaction. The cost for the application is that of the changes, the cost for
	 * etcd that of a list.
	 * @param ranges the ranges to read, fewer than all
	 * @param after the first revision, exclusive
	 * @param last an entry put at the last revision, at which the ranges are read. Shows
	 * whether the store still has the same history
	 * @return the entries, {@code null} if a list is necessary
	 * @throws EtcdRequestException if there is no answer in time or etcd refused, with
	 * {@link Reason#REVISION_GONE} if the store has another history
	 * @throws InterruptedException if the thread is interrupted
	 */
	@Nullable UpdatedEntries putBetween(List<KeyRange> ranges, long after, KeyValue last)
			throws EtcdRequestException, InterruptedException {
		if (!readsInTransaction()) {
			return null;
		}
		List<GetResponse> responses;
		try {
			List<KeyRange> withLast = new ArrayList<>(ranges);
			withLast.add(KeyRange.key(last.getKey()));
			responses = getInTransaction(withLast,
					(range) -> range.getOption()
						.withMinModRevision(after + 1)
						.withRevision(last.getModRevision())
						.build());
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.TOO_LARGE || ex.reason() == Reason.PERMISSION_DENIED
					|| ex.reason() == Reason.REVISION_GONE) {
				return null;
			}
			throw ex;
		}
		List<KeyValue> found = responses.get(ranges.size()).getKvs();
		if (found.isEmpty() || !Snapshot.isSame(found.get(0), last)) {
			throw EtcdRequestException.historyLost();
		}
		List<KeyValue> entries = new ArrayList<>();
		Map<KeyRange, Long> counts = new HashMap<>();
		for (int i = 0; i < ranges.size(); i++) {
			entries.addAll(responses.get(i).getKvs());
			counts.put(ranges.get(i), responses.get(i).getCount());
		}
		return new UpdatedEntries(entries, counts);
	}

	/** Exclude ranges that were forbidden before, unless all of them were. */
	void exclude(List<KeyRange> refused) {
		if (!refused.containsAll(this.ranges)) {
			forbid(new LinkedHashSet<>(refused));
		}
	}

	/**
	 * Check which ranges the user may no longer read, and exclude them.
	 * @return whether ranges have been excluded and others remain
	 */
	boolean excludeForbidden() throws EtcdRequestException, InterruptedException {
		Set<KeyRange> refused = new LinkedHashSet<>(this.forbidden);
		if (this.ranges.size() > 1) {
			for (KeyRange range : this.ranges) {
				if (!refused.contains(range) && !canRead(range)) {
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
	 * Check which of the forbidden ranges the user may read now, and include them.
	 * @return whether ranges have been included
	 */
	boolean includePermitted() throws EtcdRequestException, InterruptedException {
		Set<KeyRange> refused = new LinkedHashSet<>();
		for (KeyRange range : this.forbidden) {
			if (!canRead(range)) {
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

	private boolean canRead(KeyRange range) throws EtcdRequestException, InterruptedException {
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
		boolean together = readsInTransaction();
		List<GetResponse> firstPages = (together) ? getInTransaction(this.permitted,
				(range) -> range.getOption().withLimit(limit).withRevision(wanted).build()) : List.of();
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
	 * Check whether a watch can resume from a snapshot. It cannot after a compaction, or
	 * if the store was wiped or restored, even if the store has reached the same revision
	 * again.
	 * @param snapshot the earlier snapshot
	 * @return whether the changes after the snapshot are available
	 */
	boolean canResumeFrom(Snapshot snapshot) throws EtcdRequestException, InterruptedException {
		try {
			List<GetResponse> newest = withPageThatFits(
					(limit) -> newest(snapshot.revision(), Math.min(limit, SAMPLE_SIZE)));
			this.storeRevision = newest.stream()
				.mapToLong((response) -> response.getHeader().getRevision())
				.max()
				.orElse(0);
			boolean whole = newest.size() == 1 && this.forbidden.isEmpty();
			long known = 0;
			for (int i = 0; i < newest.size(); i++) {
				Snapshot part = (whole) ? snapshot : snapshot.within(this.permitted.get(i));
				if (!part.agreesWith(newest.get(i).getKvs(), newest.get(i).getCount())) {
					return false;
				}
				known += part.entries().size();
			}
			// entries outside of the ranges are stale
			return known + excluded(snapshot) >= snapshot.entries().size();
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.REVISION_GONE) {
				return false;
			}
			throw ex;
		}
	}

	/**
	 * Return the revision of the store at the last {@link #canResumeFrom check}.
	 * @return the revision, 0 before the first one
	 */
	long storeRevision() {
		return this.storeRevision;
	}

	private long excluded(Snapshot snapshot) {
		return (this.forbidden.isEmpty()) ? 0 : snapshot.entries().keySet().stream().filter(this::isExcluded).count();
	}

	private List<GetResponse> newest(long revision, int limit) throws EtcdRequestException, InterruptedException {
		Function<KeyRange, GetOption> options = (range) -> range.getOption()
			.withRevision(revision)
			.withSortField(SortTarget.MOD)
			.withSortOrder(SortOrder.DESCEND)
			.withLimit(limit)
			.build();
		if (readsInTransaction()) {
			return getInTransaction(this.permitted, options);
		}
		List<GetResponse> responses = new ArrayList<>();
		for (KeyRange range : this.permitted) {
			responses.add(get(range.start(), options.apply(range)));
		}
		return responses;
	}

	private boolean readsInTransaction() {
		return !this.page.isPerRange() && this.permitted.size() > 1
				&& this.permitted.size() <= MAX_TRANSACTION_OPERATIONS;
	}

	private List<GetResponse> getInTransaction(List<KeyRange> ranges, Function<KeyRange, GetOption> options)
			throws EtcdRequestException, InterruptedException {
		Op[] gets = ranges.stream().map((range) -> Op.get(range.start(), options.apply(range))).toArray(Op[]::new);
		// a read-only transaction can be retried safely
		TxnOption option = TxnOption.builder().withAutoRetry().build();
		return this.connection.call(() -> this.connection.client().getKVClient().txn(option).Then(gets).commit())
			.getGetResponses();
	}

	private GetResponse get(ByteSequence from, GetOption option) throws EtcdRequestException, InterruptedException {
		return this.connection.call(() -> this.connection.client().getKVClient().get(from, option));
	}

	/**
	 * Retry with smaller pages while the answer exceeds the message size.
	 */
	private <T> T withPageThatFits(Read<T> read) throws EtcdRequestException, InterruptedException {
		while (true) {
			try {
				return read.upTo(this.page.keys());
			}
			catch (EtcdRequestException ex) {
				if (ex.reason() != Reason.TOO_LARGE || !this.page.shrink(readsInTransaction())) {
					throw ex;
				}
			}
		}
	}

	/**
	 * A request that reads up to a number of keys of a range.
	 */
	@FunctionalInterface
	private interface Read<T> {

		T upTo(int limit) throws EtcdRequestException, InterruptedException;

	}

}
