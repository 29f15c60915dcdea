package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.origin.Origin;

/**
 * Makes properties of a key and its value.
 */
final class EntryReader {

	private static final String CIPHER = "{cipher}";

	private static final String BYTE_ORDER_MARK = "\uFEFF";

	/** Value that e3w and other user interfaces give to the keys of directories. */
	private static final String DIRECTORY = "etcdv3_dir_$2H#%gRe3*t";

	private static final ConfigurationPropertyName PROFILES = ConfigurationPropertyName.of("spring.profiles");

	/**
	 * Spring Boot reads these before etcd is read. They have no effect in etcd and would
	 * be misleading in the environment.
	 */
	private static final List<ConfigurationPropertyName> STARTUP_PROPERTIES = List
		.of(ConfigurationPropertyName.of("spring.config"), PROFILES);

	private final Predicate<String> activeProfile;

	private final UnaryOperator<String> decryption;

	private final Consumer<String> remarks;

	private final Set<String> remarked = ConcurrentHashMap.newKeySet();

	EntryReader(Predicate<String> activeProfile, UnaryOperator<String> decryption, Consumer<String> remarks) {
		this.activeProfile = activeProfile;
		this.decryption = decryption;
		this.remarks = remarks;
	}

	/**
	 * Make properties.
	 * @param path the key without the prefix of its context
	 * @param value the value
	 * @param origin the key
	 * @return the properties of each part of a document, the later of which win, or the
	 * one property that the key holds; nothing for the prefix itself
	 * @throws RejectedCandidateException if it is neither
	 */
	List<List<NamedProperty>> read(String path, byte[] value, KeyOrigin origin) throws RejectedCandidateException {
		if (path.isEmpty()) {
			return List.of();
		}
		String text = KeyText.decode(value);
		if (text == null) {
			throw new RejectedCandidateException(origin, "the value is not UTF-8");
		}
		if (text.startsWith(BYTE_ORDER_MARK)) {
			text = text.substring(1);
		}
		String single = withoutLineBreak(text);
		if (path.endsWith("/") || single.equals(DIRECTORY)) {
			remark(origin, "", "is the marker of a directory and no property; it is left out");
			return List.of();
		}
		DocumentFormat format = DocumentFormat.of(path);
		if (format == null) {
			return readSingle(path, single, origin);
		}
		if (!format.mayBe(text)) {
			throw new RejectedCandidateException(origin,
					"is not a document; if the key holds one property, write its name with slashes: "
							+ KeyText.printable(path.replace('.', '/').getBytes(StandardCharsets.UTF_8)));
		}
		return readDocument(format, text, origin);
	}

	/** Tools that put a file as a value add the line break at its end. */
	private static String withoutLineBreak(String text) {
		if (!text.endsWith("\n")) {
			return text;
		}
		return text.substring(0, text.length() - ((text.endsWith("\r\n")) ? 2 : 1));
	}

	private List<List<NamedProperty>> readSingle(String path, String text, KeyOrigin origin)
			throws RejectedCandidateException {
		NamedProperty property = NamedProperty.of(PropertyPath.toName(path, origin), new ConfigProperty(text, origin));
		if (Activation.isCondition(property)) {
			throw new RejectedCandidateException(origin,
					property.name() + " is a condition that only a document can have, for itself");
		}
		return List.of(toContribution(List.of(property), origin));
	}

	private List<List<NamedProperty>> readDocument(DocumentFormat format, String text, KeyOrigin origin)
			throws RejectedCandidateException {
		List<List<NamedProperty>> parts = new ArrayList<>();
		for (List<NamedProperty> part : format.read(text, origin)) {
			refuseProfiles(part);
			List<NamedProperty> active = Activation.apply(part, this.activeProfile);
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

	private NamedProperty decrypt(NamedProperty property, KeyOrigin origin) throws RejectedCandidateException {
		if (!(property.property().value() instanceof String text) || !text.startsWith(CIPHER)) {
			return property;
		}
		try {
			return property.with(this.decryption.apply(text.substring(CIPHER.length())));
		}
		catch (RuntimeException ex) {
			// neither message nor cause, as they may quote the value
			throw new RejectedCandidateException(origin, property.name()
					+ " cannot be decrypted; check the key of the application, encrypt.key for example");
		}
	}

}
