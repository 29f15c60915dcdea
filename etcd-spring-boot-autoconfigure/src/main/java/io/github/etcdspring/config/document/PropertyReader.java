package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.Origin;

/**
 * Reads the properties of a key, which is either a single property or a document.
 */
final class PropertyReader {

	private static final String CIPHER_PREFIX = "{cipher}";

	private static final String BYTE_ORDER_MARK = "\uFEFF";

	/** Value of directory keys written by e3w and other user interfaces. */
	private static final String DIRECTORY_MARKER = "etcdv3_dir_$2H#%gRe3*t";

	private static final int MAX_MARKER_LENGTH = DIRECTORY_MARKER.length() + "\r\n".length();

	private static final ConfigurationPropertyName PROFILES = ConfigurationPropertyName.of("spring.profiles");

	/**
	 * Spring Boot evaluates these before etcd is read. They have no effect in etcd, and
	 * would be misleading in the environment.
	 */
	private static final List<ConfigurationPropertyName> STARTUP_PROPERTIES = List
		.of(ConfigurationPropertyName.of("spring.config"), PROFILES);

	private final Activation activation;

	private final UnaryOperator<String> decryption;

	private final Consumer<String> warnings;

	private final Set<String> warned = ConcurrentHashMap.newKeySet();

	PropertyReader(Activation activation, UnaryOperator<String> decryption, Consumer<String> warnings) {
		this.activation = activation;
		this.decryption = decryption;
		this.warnings = warnings;
	}

	/**
	 * Read a key with a single property.
	 * @param path the key without the prefix of its context
	 * @param value the value
	 * @param origin the key
	 * @return the property, empty for the prefix itself and for directory markers
	 * @throws RejectedConfigurationException if the key or the value is invalid
	 */
	Optional<NamedProperty> read(String path, ByteSequence value, KeyOrigin origin)
			throws RejectedConfigurationException {
		if (path.isEmpty()) {
			return Optional.empty();
		}
		String text = withoutLineBreak(text(value, origin));
		return (isDirectoryMarker(path, text, origin)) ? Optional.empty() : readSingle(path, text, origin);
	}

	/**
	 * Read a key with a document.
	 * @param format the format of the document
	 * @param path the key without the prefix of its context
	 * @param value the value
	 * @param origin the key
	 * @param former the previous document of the key, {@code null} if the key is new
	 * @return the document
	 * @throws RejectedConfigurationException if the document is invalid
	 */
	Document read(DocumentFormat format, String path, ByteSequence value, KeyOrigin origin, @Nullable Document former)
			throws RejectedConfigurationException {
		String text = text(value, origin);
		if (text.length() <= MAX_MARKER_LENGTH && isDirectoryMarker(path, withoutLineBreak(text), origin)) {
			return new Document(value, List.of(), null);
		}
		if (!format.isPlausible(text)) {
			throw new RejectedConfigurationException(origin,
					"is not a document; if the key is a single property, write its name with slashes: "
							+ PropertyKey.printable(path.replace('.', '/')));
		}
		Document updated = (former != null) ? update(former, value, text, origin) : null;
		if (updated != null) {
			return updated;
		}
		Document document = (format == DocumentFormat.YAML) ? readYaml(value, text, origin)
				: new Document(value, activeParts(format.read(text, origin), origin), null);
		return (former != null) ? document.sharing(former) : document;
	}

	private static String text(ByteSequence value, KeyOrigin origin) throws RejectedConfigurationException {
		String text = PropertyKey.decode(value);
		if (text == null) {
			throw new RejectedConfigurationException(origin, "the value is not UTF-8");
		}
		return (text.startsWith(BYTE_ORDER_MARK)) ? text.substring(1) : text;
	}

	private boolean isDirectoryMarker(String path, String text, KeyOrigin origin) {
		boolean directory = path.endsWith("/") || text.equals(DIRECTORY_MARKER);
		if (directory) {
			warnOnce(origin, "", "is a directory marker, not a property, and is ignored");
		}
		return directory;
	}

	private @Nullable Document update(Document former, ByteSequence value, String text, KeyOrigin origin)
			throws RejectedConfigurationException {
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

	private Document readYaml(ByteSequence value, String text, KeyOrigin origin) throws RejectedConfigurationException {
		YamlDocument yaml = YamlDocument.parse(text, origin);
		List<List<NamedProperty>> parts = activeParts(yaml.parts(), origin);
		boolean complete = parts.size() == 1 && parts.get(0).size() == yaml.parts().get(0).size();
		return new Document(value, parts, (complete) ? YamlText.of(text, yaml) : null);
	}

	/** Tools that put a file as a value include the line break at its end. */
	private static String withoutLineBreak(String text) {
		if (!text.endsWith("\n")) {
			return text;
		}
		return text.substring(0, text.length() - ((text.endsWith("\r\n")) ? 2 : 1));
	}

	private Optional<NamedProperty> readSingle(String path, String text, KeyOrigin origin)
			throws RejectedConfigurationException {
		NamedProperty property = NamedProperty.of(PropertyKey.toName(path, origin), new Property(text, origin));
		if (Activation.isCondition(property)) {
			throw new RejectedConfigurationException(origin,
					property.name() + " is supported only in a document, as a condition for that document");
		}
		return supportedProperties(List.of(property), origin).stream().findFirst();
	}

	private List<List<NamedProperty>> activeParts(List<List<NamedProperty>> document, KeyOrigin origin)
			throws RejectedConfigurationException {
		List<List<NamedProperty>> parts = new ArrayList<>();
		for (List<NamedProperty> part : document) {
			rejectProfiles(part);
			List<NamedProperty> active = this.activation.apply(part);
			if (active != null) {
				parts.add(supportedProperties(active, origin));
			}
		}
		return parts;
	}

	private static void rejectProfiles(List<NamedProperty> part) throws RejectedConfigurationException {
		for (NamedProperty property : part) {
			if (property.is(PROFILES)) {
				throw new RejectedConfigurationException(property.key(),
						"spring.profiles is not supported in a document; replace it with"
								+ " spring.config.activate.on-profile");
			}
		}
	}

	private List<NamedProperty> supportedProperties(List<NamedProperty> properties, KeyOrigin origin)
			throws RejectedConfigurationException {
		List<NamedProperty> supported = new ArrayList<>(properties.size());
		for (NamedProperty property : properties) {
			if (STARTUP_PROPERTIES.stream().anyMatch(property::isWithin)) {
				warnOnce(property.property().origin(), property.name(),
						property.name() + " has no effect in etcd and is ignored; set it outside of etcd");
			}
			else {
				supported.add(decrypt(property, origin));
			}
		}
		return supported;
	}

	/** Logs a warning once, not for each change of the key. */
	private void warnOnce(Origin origin, String name, String text) {
		KeyOrigin key = KeyOrigin.of(origin);
		if (this.warned.add(((key != null) ? key.key() : "") + " " + name)) {
			this.warnings.accept(origin + ": " + text);
		}
	}

	static boolean isEncrypted(Object value) {
		return value instanceof String text && text.startsWith(CIPHER_PREFIX);
	}

	private NamedProperty decrypt(NamedProperty property, KeyOrigin origin) throws RejectedConfigurationException {
		if (!(property.property().value() instanceof String text) || !isEncrypted(text)) {
			return property;
		}
		try {
			return property.with(new Property(this.decryption.apply(text.substring(CIPHER_PREFIX.length())),
					property.property().origin()));
		}
		catch (RuntimeException ex) {
			// neither message nor cause, as they may quote the value
			throw new RejectedConfigurationException(origin, property.name()
					+ " cannot be decrypted; check encrypt.key or encrypt.key-store of the application");
		}
	}

}
