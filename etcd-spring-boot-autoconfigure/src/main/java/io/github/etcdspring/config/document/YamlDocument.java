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
import io.github.etcdspring.refresh.RejectedCandidateException;
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
 * A document in YAML, read by Spring Boot once it is known to be harmless.
 *
 * @param roots the mappings that it consists of
 * @param parts the properties of each of its parts
 */
record YamlDocument(List<MappingNode> roots, List<List<NamedProperty>> parts) {

	/**
	 * How problems start in the words of SnakeYAML, which may go on to quote the text.
	 */
	private static final List<String> PROBLEMS = List.of("mapping values are not allowed here",
			"mapping keys are not allowed here", "sequence entries are not allowed here", "could not find expected ':'",
			"found unexpected end of stream", "found unexpected document separator", "found undefined alias",
			"found duplicate key", "found unknown escape character", "expected <block end>",
			"expected the node content", "expected ',' or ']'", "expected ',' or '}'",
			"could not determine a constructor for the tag");

	static YamlDocument parse(String text, KeyOrigin origin) throws RejectedCandidateException {
		try {
			List<MappingNode> roots = compose(text, origin);
			List<Map<String, Shape>> shapes = new ArrayList<>();
			for (MappingNode root : roots) {
				shapes.add(new Walk(origin).shapes(root));
			}
			return new YamlDocument(roots, DocumentFormat.load(new YamlPropertySourceLoader(),
					text.getBytes(StandardCharsets.UTF_8), origin, shapes));
		}
		catch (MarkedYAMLException ex) {
			throw new RejectedCandidateException(origin.at(location(ex.getProblemMark())),
					"is not valid YAML" + explain(ex.getProblem()));
		}
		catch (ReaderException ex) {
			throw new RejectedCandidateException(origin,
					"is not valid YAML: it has a control character that YAML does not allow");
		}
		catch (IOException | RuntimeException ex) {
			// neither message nor cause, as they may quote the document
			throw new RejectedCandidateException(origin, "is not valid YAML, or has a value that is not of its type");
		}
	}

	/** The parts that are not empty. */
	private static List<MappingNode> compose(String text, KeyOrigin origin) throws RejectedCandidateException {
		LoaderOptions limits = new LoaderOptions();
		if (text.codePointCount(0, text.length()) > limits.getCodePointLimit()) {
			throw new RejectedCandidateException(origin,
					"is longer than the " + limits.getCodePointLimit() + " characters that YAML may have; split it");
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

	private static RejectedCandidateException invalid(Node node, String reason, KeyOrigin origin) {
		return new RejectedCandidateException(origin.at(location(node.getStartMark())), reason);
	}

	private static @Nullable Location location(@Nullable Mark mark) {
		return (mark != null) ? new Location(mark.getLine(), mark.getColumn()) : null;
	}

	private static String explain(@Nullable String problem) {
		if (problem == null) {
			return "";
		}
		if (problem.contains("(TAB)")) {
			return ": a tab cannot indent a line";
		}
		return PROBLEMS.stream().filter(problem::startsWith).findFirst().map((known) -> ": " + known).orElse("");
	}

	/**
	 * Walks through a part with all aliases replaced by what they stand for, as Spring
	 * Boot will. That lifts the limits of SnakeYAML, as it trusts the files of an
	 * application: a few lines of aliases could fill the heap.
	 */
	private static final class Walk {

		/** A short document can stand for names without end; no sane one comes near. */
		private static final long MOST_CHARACTERS_OF_NAMES = 16_000_000;

		/** Aliases can nest deeper than the text does. */
		private static final int DEEPEST = 100;

		private final KeyOrigin origin;

		private final Map<String, Shape> shapes = new HashMap<>();

		private long characters;

		Walk(KeyOrigin origin) {
			this.origin = origin;
		}

		/** The lists and maps by name. */
		Map<String, Shape> shapes(MappingNode root) throws RejectedCandidateException {
			check(root, 0, 0);
			addShapes(root, "");
			return this.shapes;
		}

		/** Counts before names are made, as these could fill the heap. */
		private void check(Node node, int length, int depth) throws RejectedCandidateException {
			this.characters += length + 1;
			if (this.characters > MOST_CHARACTERS_OF_NAMES) {
				throw invalid(node, "has aliases or names that make too many, or too long, names of properties");
			}
			if (depth > DEEPEST) {
				throw invalid(node, "is nested too deeply, or has an alias that contains itself");
			}
			if (node instanceof SequenceNode sequence) {
				for (Node element : sequence.getValue()) {
					check(element, length + "[0]".length(), depth + 1);
				}
			}
			else if (node instanceof MappingNode mapping) {
				for (NodeTuple entry : mapping.getValue()) {
					if (!(entry.getKeyNode() instanceof ScalarNode key)) {
						throw invalid(entry.getKeyNode(), "has a list or a mapping in place of a name");
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

		private RejectedCandidateException invalid(Node node, String reason) {
			return YamlDocument.invalid(node, reason, this.origin);
		}

	}

}
