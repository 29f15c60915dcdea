package io.github.etcdspring.mirror;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * An immutable map that shares with its successor all that stays the same, so that a
 * change costs the same in a large map as in a small one. A hash array mapped trie: each
 * level takes five more bits of the hash.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
public final class TrieMap<K, V> extends AbstractMap<K, V> {

	private static final int BITS = 5;

	private static final TrieMap<?, ?> EMPTY = new TrieMap<>(null, 0);

	private final @Nullable Node<K, V> root;

	private final int size;

	private TrieMap(@Nullable Node<K, V> root, int size) {
		this.root = root;
		this.size = size;
	}

	/**
	 * A map without entries.
	 * @param <K> the type of the keys
	 * @param <V> the type of the values
	 * @return the empty map
	 */
	@SuppressWarnings("unchecked") // holds none of either type
	public static <K, V> TrieMap<K, V> empty() {
		return (TrieMap<K, V>) EMPTY;
	}

	/**
	 * The entries of a map, which is copied unless it is such a map itself.
	 * @param <K> the type of the keys
	 * @param <V> the type of the values
	 * @param map the map
	 * @return an equal map
	 */
	public static <K, V> TrieMap<K, V> copyOf(Map<K, V> map) {
		if (map instanceof TrieMap<K, V> same) {
			return same;
		}
		TrieMap<K, V> copy = empty();
		for (Map.Entry<K, V> entry : map.entrySet()) {
			copy = copy.with(entry.getKey(), entry.getValue());
		}
		return copy;
	}

	/**
	 * This map with an entry, in place of that with the same key if there is one.
	 * @param key the key
	 * @param value the value
	 * @return the other map
	 */
	public TrieMap<K, V> with(K key, V value) {
		Leaf<K, V> leaf = new Leaf<>(hash(key), key, value, null);
		return new TrieMap<>(put(this.root, 0, leaf), (containsKey(key)) ? this.size : this.size + 1);
	}

	/**
	 * This map without an entry.
	 * @param key the key
	 * @return the other map, this one if there is no such entry
	 */
	public TrieMap<K, V> without(K key) {
		return (containsKey(key)) ? new TrieMap<>(remove(this.root, 0, hash(key), key), this.size - 1) : this;
	}

	private static int hash(Object key) {
		int hash = key.hashCode();
		return hash ^ (hash >>> 16);
	}

	private static <K, V> Node<K, V> put(@Nullable Node<K, V> node, int shift, Leaf<K, V> leaf) {
		if (node == null) {
			return leaf;
		}
		int index = leaf.hash >>> shift;
		if (node instanceof Branch<K, V> branch) {
			return branch.with(index, put(branch.child(index), shift + BITS, leaf));
		}
		Leaf<K, V> other = (Leaf<K, V>) node;
		if (other.hash == leaf.hash) {
			return leaf.followedBy(Leaf.without(other, leaf.getKey()));
		}
		// their ways part here or further down
		return put(new Branch<K, V>().with(other.hash >>> shift, other), shift, leaf);
	}

	private static <K, V> @Nullable Node<K, V> remove(@Nullable Node<K, V> node, int shift, int hash, K key) {
		if (node instanceof Branch<K, V> branch) {
			int index = hash >>> shift;
			Node<K, V> rest = remove(branch.child(index), shift + BITS, hash, key);
			return ((rest != null) ? branch.with(index, rest) : branch.without(index)).shortened();
		}
		return Leaf.without((Leaf<K, V>) node, key);
	}

	private @Nullable Leaf<K, V> find(Object key) {
		int hash = hash(key);
		Node<K, V> node = this.root;
		for (int shift = 0; node instanceof Branch<K, V> branch; shift += BITS) {
			node = branch.child(hash >>> shift);
		}
		for (Leaf<K, V> leaf = (Leaf<K, V>) node; leaf != null; leaf = leaf.next) {
			if (leaf.hash == hash && leaf.getKey().equals(key)) {
				return leaf;
			}
		}
		return null;
	}

	@Override
	public int size() {
		return this.size;
	}

	@Override
	public boolean containsKey(@Nullable Object key) {
		return key != null && find(key) != null;
	}

	@Override
	public @Nullable V get(@Nullable Object key) {
		Leaf<K, V> leaf = (key != null) ? find(key) : null;
		return (leaf != null) ? leaf.getValue() : null;
	}

	@Override
	public Set<Map.Entry<K, V>> entrySet() {
		return new AbstractSet<>() {

			@Override
			public int size() {
				return TrieMap.this.size;
			}

			@Override
			public Iterator<Map.Entry<K, V>> iterator() {
				return new Walk<>(TrieMap.this.root);
			}

		};
	}

	/**
	 * What stands at a place of the trie.
	 */
	private sealed interface Node<K, V> permits Branch, Leaf {

	}

	/**
	 * Up to 32 nodes, of which only those are stored that there are.
	 */
	private static final class Branch<K, V> implements Node<K, V> {

		private final int present;

		private final Node<K, V>[] children;

		Branch() {
			this(0, nodes(0));
		}

		private Branch(int present, Node<K, V>[] children) {
			this.present = present;
			this.children = children;
		}

		@SuppressWarnings({ "unchecked", "rawtypes" }) // an array knows no more
		private static <K, V> Node<K, V>[] nodes(int length) {
			return new Node[length];
		}

		private static int bit(int index) {
			return 1 << (index & 31);
		}

		private int position(int bit) {
			return Integer.bitCount(this.present & (bit - 1));
		}

		@Nullable Node<K, V> child(int index) {
			int bit = bit(index);
			return ((this.present & bit) != 0) ? this.children[position(bit)] : null;
		}

		Branch<K, V> with(int index, Node<K, V> child) {
			int bit = bit(index);
			int position = position(bit);
			if ((this.present & bit) != 0) {
				Node<K, V>[] replaced = this.children.clone();
				replaced[position] = child;
				return new Branch<>(this.present, replaced);
			}
			Node<K, V>[] more = nodes(this.children.length + 1);
			System.arraycopy(this.children, 0, more, 0, position);
			more[position] = child;
			System.arraycopy(this.children, position, more, position + 1, this.children.length - position);
			return new Branch<>(this.present | bit, more);
		}

		Branch<K, V> without(int index) {
			int bit = bit(index);
			int position = position(bit);
			Node<K, V>[] fewer = nodes(this.children.length - 1);
			System.arraycopy(this.children, 0, fewer, 0, position);
			System.arraycopy(this.children, position + 1, fewer, position, fewer.length - position);
			return new Branch<>(this.present & ~bit, fewer);
		}

		/** A way that leads to one leaf only is not worth its steps. */
		@Nullable Node<K, V> shortened() {
			if (this.children.length == 0) {
				return null;
			}
			return (this.children.length == 1 && this.children[0] instanceof Leaf<K, V> leaf) ? leaf : this;
		}

	}

	/**
	 * An entry, and the others whose key has the same hash.
	 */
	private static final class Leaf<K, V> extends SimpleImmutableEntry<K, V> implements Node<K, V> {

		private static final long serialVersionUID = 1L;

		private final int hash;

		private final transient @Nullable Leaf<K, V> next;

		Leaf(int hash, K key, V value, @Nullable Leaf<K, V> next) {
			super(key, value);
			this.hash = hash;
			this.next = next;
		}

		Leaf<K, V> followedBy(@Nullable Leaf<K, V> next) {
			return (next != this.next) ? new Leaf<>(this.hash, getKey(), getValue(), next) : this;
		}

		static <K, V> @Nullable Leaf<K, V> without(@Nullable Leaf<K, V> leaf, K key) {
			if (leaf == null || leaf.getKey().equals(key)) {
				return (leaf != null) ? leaf.next : null;
			}
			return leaf.followedBy(without(leaf.next, key));
		}

	}

	/**
	 * From entry to entry.
	 */
	private static final class Walk<K, V> implements Iterator<Map.Entry<K, V>> {

		private final Deque<Node<K, V>> ahead = new ArrayDeque<>();

		Walk(@Nullable Node<K, V> root) {
			push(root);
		}

		private void push(@Nullable Node<K, V> node) {
			if (node != null) {
				this.ahead.push(node);
			}
		}

		@Override
		public boolean hasNext() {
			return !this.ahead.isEmpty();
		}

		@Override
		public Map.Entry<K, V> next() {
			if (!hasNext()) {
				throw new NoSuchElementException();
			}
			Node<K, V> node = this.ahead.pop();
			while (node instanceof Branch<K, V> branch) {
				for (int i = branch.children.length - 1; i > 0; i--) {
					push(branch.children[i]);
				}
				node = branch.children[0];
			}
			Leaf<K, V> leaf = (Leaf<K, V>) node;
			push(leaf.next);
			return leaf;
		}

	}

}
