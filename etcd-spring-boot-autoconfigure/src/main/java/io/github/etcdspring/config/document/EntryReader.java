package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.Origin;

/**
 * Reads the properties that a key holds, one of its own or those of a document.
 */
final class EntryReader {

	private static final String CIPHER = "{cipher}";

	private static final String BYTE_ORDER_MARK = "\uFEFF";

	/** Value that e3w and other user interfaces give to the keys of directories. */
	private static final String DIRECTORY = "etcdv3_dir_$2H#%gRe3*t";

	private static final int LONGEST_MARKER = DIRECTORY.length() + "\r\n".length();

	private static final ConfigurationPropertyName PROFILES = ConfigurationPropertyName.of("spring.profiles");

	/**
	 * Spring Boot reads these before etcd is read. They have no effect in etcd and would
	 * be misleading in the environment.
	 */
	private static final List<ConfigurationPropertyName> STARTUP_PROPERTIES = List
		.of(ConfigurationPropertyName.of("spring.config"), PROFILES);

	private final Activation activation;

	private final UnaryOperator<String> decryption;

	private final Consumer<String> remarks;

	private final Set<String> remarked = ConcurrentHashMap.newKeySet();

	EntryReader(Activation activation, UnaryOperator<String> decryption, Consumer<String> remarks) {
		this.activation = activation;
		this.decryption = decryption;
		this.remarks = remarks;
	}

	/**
	 * Read a key that holds one property.
	 * @param path the key without the prefix of its context
	 * @param value the value
	 * @param origin the key
	 * @return the property, none for the prefix itself or the marker of a directory
	 * @throws RejectedCandidateException if it cannot be used
	 */
	Optional<NamedProperty> read(String path, ByteSequence value, KeyOrigin origin) throws RejectedCandidateException {
		if (path.isEmpty()) {
			return Optional.empty();
		}
		String text = withoutLineBreak(text(value, origin));
		return (isDirectory(path, text, origin)) ? Optional.empty() : readSingle(path, text, origin);
	}

	/**
	 * Read a key that holds a document.
	 * @param format its format
	 * @param path the key without the prefix of its context
	 * @param value the value
	 * @param origin the key
	 * @param former what the key held before, {@code null} if it is new
	 * @return the document
	 * @throws RejectedCandidateException if it cannot be used
	 */
	Document read(DocumentFormat format, String path, ByteSequence value, KeyOrigin origin, @Nullable Document former)
			throws RejectedCandidateException {
		String text = text(value, origin);
		if (text.length() <= LONGEST_MARKER && isDirectory(path, withoutLineBreak(text), origin)) {
			return new Document(value, List.of(), null);
		}
		if (!format.mayBe(text)) {
			throw new RejectedCandidateException(origin,
					"is not a document; if the key holds one property, write its name with slashes: "
							+ PropertyKey.printable(path.replace('.', '/')));
		}
		Document updated = (former != null) ? update(former, value, text, origin) : null;
		if (updated != null) {
			return updated;
		}
		Document document = (format == DocumentFormat.YAML) ? readYaml(value, text, origin)
				: new Document(value, toContributions(format.read(text, origin), origin), null);
		return (former != null) ? document.sharing(former) : document;
	}

	private static String text(ByteSequence value, KeyOrigin origin) throws RejectedCandidateException {
		String text = PropertyKey.decode(value);
		if (text == null) {
			throw new RejectedCandidateException(origin, "the value is not UTF-8");
		}
		return (text.startsWith(BYTE_ORDER_MARK)) ? text.substring(1) : text;
	}

	private boolean isDirectory(String path, String text, KeyOrigin origin) {
		boolean directory = path.endsWith("/") || text.equals(DIRECTORY);
		if (directory) {
			remark(origin, "", "is the marker of a directory and no property; it is left out");
		}
		return directory;
	}

	private @Nullable Document update(Document former, ByteSequence value, String text, KeyOrigin origin)
			throws RejectedCandidateException {
		YamlText known = former.yaml();
		List<NamedProperty> properties = (known != null) ? former.parts().get(0) : List.of();
		YamlText.Update update = (known != null) ? known.update(text, properties, origin) : null;
		if (update == null) {
			return null;
		}
		List<NamedProperty> next = update.properties();
		for (int i = 0; i < next.size(); i++) {
			if (next.get(i) != properties.get(i)) {
				next.set(i, decrypt(next.get(i), origin));
			}
		}
		return new Document(value, List.of(next), update.text());
	}

	private Document readYaml(ByteSequence value, String text, KeyOrigin origin) throws RejectedCandidateException {
		YamlDocument yaml = YamlDocument.parse(text, origin);
		List<List<NamedProperty>> parts = toContributions(yaml.parts(), origin);
		boolean complete = parts.size() == 1 && parts.get(0).size() == yaml.parts().get(0).size();
		return new Document(value, parts, (complete) ? YamlText.of(text, yaml) : null);
	}

	/** Tools that put a file as a value add the line break at its end. */
	private static String withoutLineBreak(String text) {
		if (!text.endsWith("\n")) {
			return text;
		}
		return text.substring(0, text.length() - ((text.endsWith("\r\n")) ? 2 : 1));
	}

	private Optional<NamedProperty> readSingle(String path, String text, KeyOrigin origin)
			throws RejectedCandidateException {
		NamedProperty property = NamedProperty.of(PropertyKey.toName(path, origin), new ConfigProperty(text, origin));
		if (Activation.isCondition(property)) {
			throw new RejectedCandidateException(origin,
					property.name() + " is a condition that only a document can have, for itself");
		}
		return toContribution(List.of(property), origin).stream().findFirst();
	}

	private List<List<NamedProperty>> toContributions(List<List<NamedProperty>> document, KeyOrigin origin)
			throws RejectedCandidateException {
		List<List<NamedProperty>> parts = new ArrayList<>();
		for (List<NamedProperty> part : document) {
			refuseProfiles(part);
			List<NamedProperty> active = this.activation.apply(part);
			if (active != null) {
				parts.add(toContribution(active, origin));
			}
		}
		return parts;
	}

	private static void refuseProfiles(List<NamedProperty> part) throws RejectedCandidateException {
		for (NamedProperty property : part) {
			if (property.is(PROFILES)) {
				throw new RejectedCandidateException(property.key(),
						"spring.profiles is not supported in a document; replace it with"
								+ " spring.config.activate.on-profile");
			}
		}
	}

	private List<NamedProperty> toContribution(List<NamedProperty> properties, KeyOrigin origin)
			throws RejectedCandidateException {
		List<NamedProperty> contribution = new ArrayList<>(properties.size());
		for (NamedProperty property : properties) {
			if (STARTUP_PROPERTIES.stream().anyMatch(property::isWithin)) {
				remark(property.property().origin(), property.name(), property.name()
						+ " has no effect in etcd and is left out; set it where the application starts");
			}
			else {
				contribution.add(decrypt(property, origin));
			}
		}
		return contribution;
	}

	/** Once, and not for each change of the key. */
	private void remark(Origin origin, String name, String text) {
		KeyOrigin key = KeyOrigin.of(origin);
		if (this.remarked.add(((key != null) ? key.key() : "") + " " + name)) {
			this.remarks.accept(origin + ": " + text);
		}
	}

	static boolean isEncrypted(Object value) {
		return value instanceof String text && text.startsWith(CIPHER);
	}

	private NamedProperty decrypt(NamedProperty property, KeyOrigin origin) throws RejectedCandidateException {
		if (!(property.property().value() instanceof String text) || !isEncrypted(text)) {
			return property;
		}
		try {
			return property.with(new ConfigProperty(this.decryption.apply(text.substring(CIPHER.length())),
					property.property().origin()));
		}
		catch (RuntimeException ex) {
			// neither message nor cause, as they may quote the value
			throw new RejectedCandidateException(origin, property.name()
					+ " cannot be decrypted; check the key of the application, encrypt.key for example");
		}
	}

}
