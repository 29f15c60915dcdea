package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * Incremental parser of a YAML document: keeps the text with the positions of its keys.
 * If only values change, it parses the lines of the keys around the change instead of the
 * whole document.
 * <p>
 * These lines belong to sibling keys. The start of the first key and the line break at
 * the end are unchanged, so that the parser has the same state there as before. Any
 * change that could have other effects requires a full parse: changed keys, nesting or
 * number of lines, anchors, and errors, which only a full parse reports.
 */
final class YamlText {

	private static final int CODE_POINT_LIMIT = new LoaderOptions().getCodePointLimit();

	/** Fixed cost of a parse in characters, irrelevant for a short text. */
	private static final int PARSE_COST = 200;

	private static final int SHORT_TEXT = 4096;

	private final String text;

	private final YamlKeyPositions keys;

	private YamlText(String text, YamlKeyPositions keys) {
		this.text = text;
		this.keys = keys;
	}

	/**
	 * Collect the positions of the keys of a document.
	 * @param text the document
	 * @param document the parsed document
	 * @return the text, {@code null} if it cannot be parsed incrementally
	 */
	static @Nullable YamlText of(String text, YamlDocument document) {
		if (!document.hasOnePart() || !areLocationsInOrder(document.parts().get(0))) {
			return null;
		}
		YamlKeyPositions keys = YamlKeyPositions.of(text, document.roots().get(0));
		if (keys == null || keys.count() == 0) {
			return null;
		}
		boolean directives = text.substring(0, keys.lineStart(0)).lines().anyMatch((line) -> line.startsWith("%"));
		return (directives) ? null : new YamlText(text, keys);
	}

	private static boolean areLocationsInOrder(List<NamedProperty> properties) {
		int last = 0;
		for (NamedProperty property : properties) {
			Location location = property.location();
			if (location == null || location.getLine() < last) {
				return false;
			}
			last = location.getLine();
		}
		return true;
	}

	/**
	 * Parse the changed parts of the next text.
	 * @param next the next text
	 * @param properties the properties of this text, which may have been decrypted
	 * @param origin the key at its next revision
	 * @return the update, {@code null} if a full parse is required
	 */
	@Nullable Update update(String next, List<NamedProperty> properties, KeyOrigin origin) {
		List<Lines> changed = (next.length() <= CODE_POINT_LIMIT) ? changedLines(next) : null;
		if (changed == null) {
			return null;
		}
		YamlKeyPositions keys = this.keys;
		List<NamedProperty> updated = new ArrayList<>(properties);
		int parsed = 0;
		// backwards, as positions before a change stay the same
		for (int i = changed.size() - 1; i >= 0; i--) {
			Lines lines = changed.get(i);
			String before = this.text.substring(lines.start(), lines.end());
			String after = next.substring(lines.start() + lines.change().shift(),
					lines.end() + lines.change().nextShift());
			YamlKeyPositions inside = update(lines, before, after, updated, origin);
			if (inside == null) {
				return null;
			}
			keys = keys.with(lines.first(), lines.next(), inside, lines.start(), this.keys.line(lines.first()),
					after.length() - before.length());
			parsed += before.length() + after.length();
		}
		return new Update(new YamlText(next, keys), updated, parsed);
	}

	private @Nullable YamlKeyPositions update(Lines lines, String before, String after, List<NamedProperty> properties,
			KeyOrigin origin) {
		int count = count(before);
		if (count < 0 || count != count(after)) {
			return null;
		}
		try {
			YamlDocument former = YamlDocument.parse(before, origin);
			YamlDocument latter = YamlDocument.parse(after, origin);
			if (!former.hasOnePart() || !latter.hasOnePart()
					|| !haveSameKeys(former.roots().get(0), latter.roots().get(0))) {
				return null;
			}
			int line = this.keys.line(lines.first());
			int from = firstAt(line, properties);
			int to = (lines.next() < this.keys.count()) ? firstAt(this.keys.line(lines.next()), properties)
					: properties.size();
			YamlKeyPositions keys = YamlKeyPositions.of(after, latter.roots().get(0));
			return (keys != null && keys.column(0) == this.keys.column(lines.first()) && replace(
					properties.subList(from, to), former.parts().get(0), latter.parts().get(0), line, origin)) ? keys
							: null;
		}
		catch (RejectedConfigurationException ex) {
			return null;
		}
	}

	/**
	 * Compare line by line.
	 * @param next the next text
	 * @return the lines to parse, {@code null} if there are too many, or if a change
	 * precedes all keys
	 */
	private @Nullable List<Lines> changedLines(String next) {
		List<Lines> changed = new ArrayList<>();
		long cost = 0;
		int index = 0;
		int other = 0;
		while (index < this.text.length() || other < next.length()) {
			if (index < this.text.length() && other < next.length() && this.text.charAt(index) == next.charAt(other)) {
				index++;
				other++;
				continue;
			}
			int end = lineEnd(this.text, index);
			int otherEnd = lineEnd(next, other);
			if (end == index && otherEnd == other) {
				// a different line break
				end = Math.min(end + 1, this.text.length());
				otherEnd = Math.min(otherEnd + 1, next.length());
			}
			Lines lines = around(new Change(index, end, other - index, otherEnd - end));
			while (lines != null && !changed.isEmpty() && lines.first() < changed.get(changed.size() - 1).next()) {
				lines = around(changed.remove(changed.size() - 1).change().to(lines.change()));
			}
			if (lines == null) {
				return null;
			}
			// the previous lines are parsed as well
			cost += PARSE_COST + 2L * (lines.end() - lines.start());
			if (cost > Math.max(this.text.length(), SHORT_TEXT)) {
				return null;
			}
			changed.add(lines);
			index = end;
			other = otherEnd;
		}
		return changed;
	}

	private static int lineEnd(String text, int index) {
		int end = index;
		while (end < text.length() && !YamlKeyPositions.isLineBreak(text, end)) {
			end++;
		}
		return end;
	}

	/** Returns the lines of the fewest sibling keys around a change. */
	private @Nullable Lines around(Change change) {
		int first = this.keys.lastBefore(change.start());
		if (first < 0) {
			return null;
		}
		int next = first + 1;
		int column = this.keys.column(first);
		// the line break before the next key must not change either
		while (next < this.keys.count() && this.keys.lineStart(next) <= change.end()) {
			column = Math.min(column, this.keys.column(next));
			next++;
		}
		while (this.keys.column(first) > column) {
			first--;
		}
		while (next < this.keys.count() && this.keys.column(next) > this.keys.column(first)) {
			next++;
		}
		return new Lines(first, next, this.keys.lineStart(first),
				(next < this.keys.count()) ? this.keys.lineStart(next) : this.text.length(), change);
	}

	/**
	 * Count lines.
	 * @return the number of lines, negative if one of them may end a document
	 */
	private static int count(String text) {
		int lines = 0;
		for (int i = 0; i < text.length(); i++) {
			boolean first = i == 0 || YamlKeyPositions.isLineBreak(text, i - 1);
			if (text.charAt(i) == '\uFEFF'
					|| (first && (text.startsWith("---", i) || text.startsWith("...", i) || text.charAt(i) == '%'))) {
				return -1;
			}
			lines += (YamlKeyPositions.isLineBreak(text, i)) ? 1 : 0;
		}
		return lines;
	}

	private static boolean haveSameKeys(Node one, Node other) {
		if (one instanceof MappingNode mapping && other instanceof MappingNode another) {
			return Document.areSame(mapping.getValue(), another.getValue(), YamlText::haveSameKeys);
		}
		if (one instanceof SequenceNode sequence && other instanceof SequenceNode another) {
			return Document.areSame(sequence.getValue(), another.getValue(), YamlText::haveSameKeys);
		}
		return one instanceof ScalarNode && other instanceof ScalarNode;
	}

	private static boolean haveSameKeys(NodeTuple one, NodeTuple other) {
		return one.getKeyNode() instanceof ScalarNode key && other.getKeyNode() instanceof ScalarNode another
				&& key.getValue().equals(another.getValue()) && key.getTag().equals(another.getTag())
				&& haveSameKeys(one.getValueNode(), other.getValueNode());
	}

	/** Returns the index of the first property on or after a line. */
	private static int firstAt(int line, List<NamedProperty> properties) {
		int low = 0;
		int high = properties.size();
		while (low < high) {
			int middle = (low + high) >>> 1;
			Location location = properties.get(middle).location();
			if (location != null && location.getLine() < line) {
				low = middle + 1;
			}
			else {
				high = middle;
			}
		}
		return low;
	}

	/**
	 * Replace values, if parsing the previous lines alone has the same result as parsing
	 * them within the whole document.
	 */
	private static boolean replace(List<NamedProperty> properties, List<NamedProperty> before,
			List<NamedProperty> after, int line, KeyOrigin origin) {
		if (properties.size() != before.size() || properties.size() != after.size()) {
			return false;
		}
		for (int i = 0; i < properties.size(); i++) {
			NamedProperty property = properties.get(i);
			Object value = before.get(i).property().value();
			Location location = below(line, before.get(i).location());
			if (location == null || !Objects.equals(location, property.location())
					|| !property.name().endsWith(before.get(i).name())
					|| !before.get(i).name().equals(after.get(i).name())
					|| !(value.equals(property.property().value()) || PropertyReader.isEncrypted(value))) {
				return false;
			}
			Object next = after.get(i).property().value();
			Location place = below(line, after.get(i).location());
			if (!next.equals(value) || !Objects.equals(location, place)) {
				properties.set(i, property.with(new Property(next, origin.at(place))));
			}
		}
		return true;
	}

	private static @Nullable Location below(int line, @Nullable Location location) {
		return (location != null) ? new Location(line + location.getLine(), location.getColumn()) : null;
	}

	/**
	 * The result of a change of values.
	 *
	 * @param text the next text
	 * @param properties its properties: the same objects if unchanged, not decrypted yet
	 * if changed
	 * @param parsed number of characters that were parsed
	 */
	record Update(YamlText text, List<NamedProperty> properties, int parsed) {

	}

	/**
	 * The lines of sibling keys and their descendants.
	 *
	 * @param first the first of the keys
	 * @param next the key after the last of them, or the number of keys
	 * @param start start index of the lines
	 * @param end end index of the lines
	 * @param change the change in these lines
	 */
	private record Lines(int first, int next, int start, int end, Change change) {

	}

	/**
	 * A part of the text that differs in the next text.
	 *
	 * @param start start index of the part
	 * @param end end index of the part
	 * @param shift offset of the start in the next text
	 * @param nextShift offset of the end in the next text
	 */
	private record Change(int start, int end, int shift, int nextShift) {

		Change to(Change last) {
			return new Change(this.start, last.end, this.shift, last.nextShift);
		}

	}

}
