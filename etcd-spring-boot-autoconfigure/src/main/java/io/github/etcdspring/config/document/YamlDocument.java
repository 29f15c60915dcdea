package io.github.etcdspring.config.document;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * A YAML document, parsed by Spring Boot after its size and nesting have been checked.
 *
 * @param roots the root mappings of the document parts
 * @param parts the properties of the document parts
 */
record YamlDocument(List<MappingNode> roots, List<List<NamedProperty>> parts) {

	/**
	 * Known prefixes of SnakeYAML's messages; the rest of a message may quote the text.
	 */
	private static final List<String> KNOWN_PROBLEMS = List.of("mapping values are not allowed here",
			"mapping keys are not allowed here", "sequence entries are not allowed here", "could not find expected ':'",
			"found unexpected end of stream", "found unexpected document separator", "found undefined alias",
			"found duplicate key", "found unknown escape character", "expected <block end>",
			"expected the node content", "expected ',' or ']'", "expected ',' or '}'",
			"could not determine a constructor for the tag");

	static YamlDocument parse(String text, KeyOrigin origin) throws RejectedConfigurationException {
		try {
			List<MappingNode> roots = compose(text, origin);
			List<Map<String, Shape>> shapes = new ArrayList<>();
			for (MappingNode root : roots) {
				shapes.add(new ShapeCollector(origin).shapes(root));
			}
			return new YamlDocument(roots, DocumentFormat.load(new YamlPropertySourceLoader(),
					text.getBytes(StandardCharsets.UTF_8), origin, shapes));
		}
		catch (MarkedYAMLException ex) {
			throw new RejectedConfigurationException(origin.at(location(ex.getProblemMark())),
					"is not valid YAML" + explain(ex.getProblem()));
		}
		catch (ReaderException ex) {
			throw new RejectedConfigurationException(origin,
					"is not valid YAML: it contains an illegal control character");
		}
		catch (IOException | RuntimeException ex) {
			// neither message nor cause, as they may quote the document
			throw new RejectedConfigurationException(origin, "is not valid YAML, or a value does not match its type");
		}
	}

	/** Returns the root mappings of the parts that are not empty. */
	private static List<MappingNode> compose(String text, KeyOrigin origin) throws RejectedConfigurationException {
		LoaderOptions limits = new LoaderOptions();
		if (text.codePointCount(0, text.length()) > limits.getCodePointLimit()) {
			throw new RejectedConfigurationException(origin,
					"exceeds the limit of " + limits.getCodePointLimit() + " characters for YAML; split it");
		}
		List<MappingNode> roots = new ArrayList<>();
		for (Node root : new Yaml(limits).composeAll(new StringReader(text))) {
			if (root instanceof MappingNode mapping) {
				roots.add(mapping);
			}
			else if (!Tag.NULL.equals(root.getTag())) {
				throw invalid(root, "is not a mapping of names to values", origin);
			}
		}
		return roots;
	}

	boolean hasOnePart() {
		return this.roots.size() == 1 && this.parts.size() == 1;
	}

	private static RejectedConfigurationException invalid(Node node, String reason, KeyOrigin origin) {
		return new RejectedConfigurationException(origin.at(location(node.getStartMark())), reason);
	}

	private static @Nullable Location location(@Nullable Mark mark) {
		return (mark != null) ? new Location(mark.getLine(), mark.getColumn()) : null;
	}

	private static String explain(@Nullable String problem) {
		if (problem == null) {
			return "";
		}
		if (problem.contains("(TAB)")) {
			return ": tabs must not be used for indentation";
		}
		return KNOWN_PROBLEMS.stream().filter(problem::startsWith).findFirst().map((known) -> ": " + known).orElse("");
	}

	/**
	 * Collects the lists and maps of a part after the expansion of all aliases. Checks
	 * the size first: Spring Boot trusts the files of an application and lifts the limits
	 * of SnakeYAML, so that a few lines of aliases could fill the heap.
	 */
	private static final class ShapeCollector {

		/** Limit for names after the expansion of aliases, far above real documents. */
		private static final long MAX_NAME_CHARACTERS = 16_000_000;

		/** Limit for nesting after the expansion of aliases. */
		private static final int MAX_DEPTH = 100;

		private final KeyOrigin origin;

		private final Map<String, Shape> shapes = new HashMap<>();

		private long characters;

		ShapeCollector(KeyOrigin origin) {
			this.origin = origin;
		}

		/** Returns the lists and maps by name. */
		Map<String, Shape> shapes(MappingNode root) throws RejectedConfigurationException {
			check(root, 0, 0);
			addShapes(root, "");
			return this.shapes;
		}

		/** Counts characters before names are created, which could fill the heap. */
		private void check(Node node, int length, int depth) throws RejectedConfigurationException {
			this.characters += length + 1;
			if (this.characters > MAX_NAME_CHARACTERS) {
				throw invalid(node, "has aliases or names that expand to too many or too long property names");
			}
			if (depth > MAX_DEPTH) {
				throw invalid(node, "is nested too deeply, or has a recursive alias");
			}
			if (node instanceof SequenceNode sequence) {
				for (Node element : sequence.getValue()) {
					check(element, length + "[0]".length(), depth + 1);
				}
			}
			else if (node instanceof MappingNode mapping) {
				for (NodeTuple entry : mapping.getValue()) {
					if (!(entry.getKeyNode() instanceof ScalarNode key)) {
						throw invalid(entry.getKeyNode(), "has a list or a mapping as a name");
					}
					check(entry.getValueNode(), length + key.getValue().length() + 1, depth + 1);
				}
			}
		}

		private void addShapes(Node node, String name) {
			if (node instanceof SequenceNode sequence) {
				this.shapes.put(name, Shape.LIST);
				int index = 0;
				for (Node element : sequence.getValue()) {
					addShapes(element, name + "[" + index++ + "]");
				}
			}
			else if (node instanceof MappingNode mapping) {
				mapping.getValue()
					.forEach((entry) -> addShapes((ScalarNode) entry.getKeyNode(), entry.getValueNode(), name));
			}
		}

		private void addShapes(ScalarNode key, Node value, String name) {
			if (Tag.MERGE.equals(key.getTag())) {
				List<Node> merged = (value instanceof SequenceNode sequence) ? sequence.getValue() : List.of(value);
				merged.forEach((node) -> addShapes(node, name));
				return;
			}
			String text = (Tag.STR.equals(key.getTag())) ? key.getValue() : "[" + key.getValue() + "]";
			boolean bracket = text.startsWith("[");
			if (bracket) {
				this.shapes.putIfAbsent(name, Shape.MAP);
			}
			addShapes(value, (bracket || name.isEmpty()) ? name + text : name + "." + text);
		}

		private RejectedConfigurationException invalid(Node node, String reason) {
			return YamlDocument.invalid(node, reason, this.origin);
		}

	}

}
