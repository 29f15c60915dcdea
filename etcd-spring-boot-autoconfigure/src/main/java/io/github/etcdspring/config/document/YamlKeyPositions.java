package io.github.etcdspring.config.document;

import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The positions of the keys of nested block mappings, in the order of the text. Each key
 * begins a line. Keys within sequences and flow mappings are not included.
 */
final class YamlKeyPositions {

	/** Fields of each key: its index in the text, its line and its column. */
	private static final int FIELDS = 3;

	private final int[] positions;

	private YamlKeyPositions(int[] positions) {
		this.positions = positions;
	}

	/**
	 * Find the keys of a document.
	 * @param text the document
	 * @param root the root mapping of the document
	 * @return the positions, {@code null} if parts of the document may depend on others
	 */
	static @Nullable YamlKeyPositions of(String text, MappingNode root) {
		Collector collector = new Collector(text);
		return (isIndependent(root) && collector.add(root))
				? new YamlKeyPositions(collector.positions.build().toArray()) : null;
	}

	private static boolean isIndependent(Node node) {
		if (node.getAnchor() != null) {
			return false;
		}
		if (node instanceof MappingNode mapping) {
			return mapping.getValue()
				.stream()
				.allMatch((entry) -> !Tag.MERGE.equals(entry.getKeyNode().getTag()) && isIndependent(entry.getKeyNode())
						&& isIndependent(entry.getValueNode()));
		}
		return !(node instanceof SequenceNode sequence)
				|| sequence.getValue().stream().allMatch(YamlKeyPositions::isIndependent);
	}

	/**
	 * Replace a range of keys.
	 * @param from the first key to replace
	 * @param to the key after the last one to replace
	 * @param others the replacement
	 * @param index index in the text to which the replacement is relative
	 * @param line line to which the replacement is relative
	 * @param growth the growth of the text in characters
	 * @return the positions
	 */
	YamlKeyPositions with(int from, int to, YamlKeyPositions others, int index, int line, int growth) {
		int head = from * FIELDS;
		int tail = to * FIELDS;
		int next = head + others.positions.length;
		int[] merged = new int[next + this.positions.length - tail];
		System.arraycopy(this.positions, 0, merged, 0, head);
		System.arraycopy(others.positions, 0, merged, head, others.positions.length);
		System.arraycopy(this.positions, tail, merged, next, this.positions.length - tail);
		for (int i = head; i < next; i += FIELDS) {
			merged[i] += index;
			merged[i + 1] += line;
		}
		for (int i = next; i < merged.length; i += FIELDS) {
			merged[i] += growth;
		}
		return new YamlKeyPositions(merged);
	}

	int count() {
		return this.positions.length / FIELDS;
	}

	private int index(int key) {
		return this.positions[key * FIELDS];
	}

	int line(int key) {
		return this.positions[key * FIELDS + 1];
	}

	int column(int key) {
		return this.positions[key * FIELDS + 2];
	}

	/** Returns the index in the text of the line that a key begins. */
	int lineStart(int key) {
		return index(key) - column(key);
	}

	/**
	 * Find the last key that begins before an index in the text.
	 * @param index the index in the text
	 * @return the key, negative if there is none
	 */
	int lastBefore(int index) {
		int low = 0;
		int high = count();
		while (low < high) {
			int middle = (low + high) >>> 1;
			if (index(middle) < index) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return low - 1;
	}

	/** Whether SnakeYAML treats a character as a line break. */
	static boolean isLineBreak(String text, int index) {
		return switch (text.charAt(index)) {
			case '\n', '\u0085', '\u2028', '\u2029' -> true;
			case '\r' -> index + 1 == text.length() || text.charAt(index + 1) != '\n';
			default -> false;
		};
	}

	/**
	 * Collects positions, converted from the code points that SnakeYAML counts.
	 */
	private static final class Collector {

		private final String text;

		private final IntStream.Builder positions = IntStream.builder();

		private int index;

		private int codePoints;

		Collector(String text) {
			this.text = text;
		}

		boolean add(MappingNode mapping) {
			return mapping.getFlowStyle() == FlowStyle.FLOW || mapping.getValue().stream().allMatch(this::add);
		}

		private boolean add(NodeTuple entry) {
			Mark mark = entry.getKeyNode().getStartMark();
			this.index = this.text.offsetByCodePoints(this.index, mark.getIndex() - this.codePoints);
			this.codePoints = mark.getIndex();
			if (!(entry.getKeyNode() instanceof ScalarNode) || !beginsLine(mark.getColumn())) {
				return false;
			}
			this.positions.add(this.index).add(mark.getLine()).add(mark.getColumn());
			return !(entry.getValueNode() instanceof MappingNode child) || add(child);
		}

		private boolean beginsLine(int column) {
			int start = this.index - column;
			return start >= 0 && this.text.substring(start, this.index).isBlank()
					&& this.text.substring(start, this.index).indexOf('\t') < 0
					&& (start == 0 || isLineBreak(this.text, start - 1));
		}

	}

}
