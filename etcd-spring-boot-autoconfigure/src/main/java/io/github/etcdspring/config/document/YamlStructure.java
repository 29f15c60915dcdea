package io.github.etcdspring.config.document;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Looks at a YAML document before Spring Boot does, which lifts the limits of SnakeYAML
 * as it trusts the files of an application: a few lines of aliases could fill the heap.
 */
final class YamlStructure {

	/** Aliases can nest deeper than the text does. */
	private static final int DEEPEST = 100;

	private final KeyOrigin origin;

	private final List<MappingNode> roots = new ArrayList<>();

	private final List<Map<String, Shape>> shapes = new ArrayList<>();

	private final IdentityHashMap<Node, Extent> extents = new IdentityHashMap<>();

	private final Set<Node> enclosing = new HashSet<>();

	private YamlStructure(KeyOrigin origin) {
		this.origin = origin;
	}

	/**
	 * Check a document, all parts of it.
	 * @param text the document
	 * @param origin the key
	 * @return its structure
	 * @throws RejectedCandidateException if it is not made of mappings with scalar keys,
	 * or is too much
	 * @throws YAMLException if it does not parse
	 */
	static YamlStructure check(String text, KeyOrigin origin) throws RejectedCandidateException {
		LoaderOptions limits = new LoaderOptions();
		if (text.codePointCount(0, text.length()) > limits.getCodePointLimit()) {
			throw new RejectedCandidateException(origin,
					"is longer than the " + limits.getCodePointLimit() + " characters that YAML may have; split it");
		}
		YamlStructure structure = new YamlStructure(origin);
		for (Node root : new Yaml(limits).composeAll(new StringReader(text))) {
			if (root instanceof MappingNode mapping) {
				structure.extentOf(root);
				Map<String, Shape> shapes = new HashMap<>();
				addShapes(root, "", shapes);
				structure.roots.add(mapping);
				structure.shapes.add(shapes);
			}
			else if (!Tag.NULL.equals(root.getTag())) {
				throw structure.invalid(root, "is not a mapping of names to values");
			}
		}
		return structure;
	}

	/** The parts that are not empty. */
	List<MappingNode> roots() {
		return this.roots;
	}

	/** The lists and maps of each part that is not empty, by name. */
	List<Map<String, Shape>> shapes() {
		return this.shapes;
	}

	private static void addShapes(Node node, String name, Map<String, Shape> shapes) {
		if (node instanceof SequenceNode sequence) {
			shapes.put(name, Shape.LIST);
			int index = 0;
			for (Node element : sequence.getValue()) {
				addShapes(element, name + "[" + index++ + "]", shapes);
			}
		}
		else if (node instanceof MappingNode mapping) {
			for (NodeTuple entry : mapping.getValue()) {
				ScalarNode key = (ScalarNode) entry.getKeyNode();
				if (Tag.MERGE.equals(key.getTag())) {
					addMerged(entry.getValueNode(), name, shapes);
				}
				else {
					String text = (Tag.STR.equals(key.getTag())) ? key.getValue() : "[" + key.getValue() + "]";
					boolean bracket = text.startsWith("[");
					if (bracket) {
						shapes.putIfAbsent(name, Shape.MAP);
					}
					addShapes(entry.getValueNode(), (bracket || name.isEmpty()) ? name + text : name + "." + text,
							shapes);
				}
			}
		}
	}

	private static void addMerged(Node node, String name, Map<String, Shape> shapes) {
		if (node instanceof SequenceNode sequence) {
			sequence.getValue().forEach((element) -> addShapes(element, name, shapes));
		}
		else {
			addShapes(node, name, shapes);
		}
	}

	private Extent extentOf(Node node) throws RejectedCandidateException {
		Extent known = this.extents.get(node);
		if (known != null) {
			return known;
		}
		if (!this.enclosing.add(node)) {
			throw invalid(node, "has an alias that contains itself");
		}
		Extent extent = Extent.SCALAR;
		if (node instanceof MappingNode mapping) {
			extent = extentOf(mapping);
		}
		else if (node instanceof SequenceNode sequence) {
			extent = extentOf(sequence);
		}
		this.enclosing.remove(node);
		this.extents.put(node, extent);
		return extent;
	}

	private Extent extentOf(MappingNode mapping) throws RejectedCandidateException {
		Extent extent = Extent.NONE;
		for (NodeTuple entry : mapping.getValue()) {
			if (!(entry.getKeyNode() instanceof ScalarNode name)) {
				throw invalid(entry.getKeyNode(), "has a list or a mapping in place of a name");
			}
			extent = add(extent, name.getValue().length() + 3, entry.getValueNode());
		}
		return extent;
	}

	private Extent extentOf(SequenceNode sequence) throws RejectedCandidateException {
		Extent extent = Extent.NONE;
		int index = 0;
		for (Node element : sequence.getValue()) {
			extent = add(extent, Integer.toString(index++).length() + 2, element);
		}
		return extent;
	}

	private Extent add(Extent extent, int name, Node value) throws RejectedCandidateException {
		Extent sum = extent.plus(name, extentOf(value));
		if (sum.characters() > DocumentFormat.MOST_CHARACTERS_OF_NAMES || sum.depth() > DEEPEST) {
			throw invalid(value, "has aliases or names that make too many, or too long, names of properties");
		}
		return sum;
	}

	private RejectedCandidateException invalid(Node node, String reason) {
		return new RejectedCandidateException(this.origin.at(YamlDocument.location(node.getStartMark())), reason);
	}

	/**
	 * What a node becomes when all aliases are replaced by what they stand for.
	 *
	 * @param properties number of properties
	 * @param characters length of all their names together
	 * @param depth how deep they are nested
	 */
	private record Extent(long properties, long characters, int depth) {

		private static final Extent NONE = new Extent(0, 0, 0);

		private static final Extent SCALAR = new Extent(1, 0, 0);

		Extent plus(int name, Extent value) {
			return new Extent(this.properties + value.properties,
					this.characters + value.characters + value.properties * name,
					Math.max(this.depth, value.depth + 1));
		}

	}

}
