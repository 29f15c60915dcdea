package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;

/**
 * Makes properties of a key and its value.
 */
final class EntryReader {

	private static final String CIPHER = "{cipher}";

	private static final String BYTE_ORDER_MARK = "\uFEFF";

	private final Predicate<String> activeProfile;

	private final UnaryOperator<String> decryption;

	private final Consumer<String> remarks;

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
		DocumentFormat format = DocumentFormat.of(path);
		return (format != null) ? readDocument(format, text, origin) : readSingle(path, text, origin);
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
		String document = (text.startsWith(BYTE_ORDER_MARK)) ? text.substring(1) : text;
		List<List<NamedProperty>> parts = new ArrayList<>();
		for (List<NamedProperty> part : format.read(document, origin)) {
			List<NamedProperty> active = Activation.apply(part, this.activeProfile);
			if (active != null) {
				parts.add(toContribution(active, origin));
			}
		}
		return parts;
	}

	private List<NamedProperty> toContribution(List<NamedProperty> properties, KeyOrigin origin)
			throws RejectedCandidateException {
		List<NamedProperty> contribution = new ArrayList<>(properties.size());
		for (NamedProperty property : StartupProperties.leaveOut(properties, this.remarks)) {
			contribution.add(decrypt(property, origin));
		}
		return contribution;
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
