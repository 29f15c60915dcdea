package io.github.etcdspring.client;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Analyzes {@link EtcdUnavailableException}: reports each endpoint with cause and remedy,
 * with properties and commands ready to be copied.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class EtcdUnavailableFailureAnalyzer extends AbstractFailureAnalyzer<EtcdUnavailableException> {

	/** A property, a version to set, or a command of etcd in a remedy. */
	private static final Pattern REMEDY = Pattern
		.compile("spring\\.cloud\\.etcd\\.[a-z.-]*[a-z]|'(etcdctl [^']+)'|([a-z-]+\\.version=\\S+)");

	private static final Map<String, String> EXAMPLES = Map.of("spring.cloud.etcd.endpoints", "http://localhost:2379",
			"spring.cloud.etcd.username", "<user>\n    spring.cloud.etcd.password=<password>",
			"spring.cloud.etcd.ssl.bundle", "<name of a bundle under spring.ssl.bundle>", "spring.cloud.etcd.authority",
			"<name in the certificate>", "spring.cloud.etcd.discovery.instance-id",
			"${spring.application.name}-${random.uuid}", "spring.cloud.etcd.max-inbound-message-size", "128MB");

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, EtcdUnavailableException cause) {
		String remedies = REMEDY.matcher(cause.getExplanation())
			.results()
			.map(EtcdUnavailableFailureAnalyzer::line)
			.filter((line) -> !line.isEmpty())
			.collect(Collectors.toCollection(LinkedHashSet::new))
			.stream()
			.map((line) -> "    " + line + "\n")
			.collect(Collectors.joining());
		return new FailureAnalysis(cause.getProblem() + "\n\n    " + cause.getExplanation().replace("; ", "\n    "),
				"Follow the remedy given above" + (remedies.isEmpty() ? ". " : ":\n\n" + remedies + "\n")
						+ "To start the application without etcd and connect as soon as etcd is available, set\n\n    "
						+ cause.getStartupWorkaround(),
				cause);
	}

	private static String line(MatchResult remedy) {
		if (remedy.group(1) != null) {
			return remedy.group(1);
		}
		return (remedy.group(2) != null) ? remedy.group(2) : example(remedy.group());
	}

	private static String example(String property) {
		String example = EXAMPLES.get(property);
		return (example != null) ? property + "=" + example : "";
	}

}
