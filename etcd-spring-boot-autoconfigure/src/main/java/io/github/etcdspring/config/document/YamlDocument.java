package io.github.etcdspring.config.document;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
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
			YamlStructure structure = YamlStructure.check(text, origin);
			return new YamlDocument(structure.roots(), DocumentFormat.load(new YamlPropertySourceLoader(),
					text.getBytes(StandardCharsets.UTF_8), origin, structure.shapes()));
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

	boolean hasOnePart() {
		return this.roots.size() == 1 && this.parts.size() == 1;
	}

	static @Nullable Location location(@Nullable Mark mark) {
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

}
