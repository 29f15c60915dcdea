package io.github.etcdspring.config;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.config.document.ConfigParser;
import org.jspecify.annotations.Nullable;

/**
 * Changes of keys in one directory that somebody proposes. The key of the proposal is in
 * that directory as well, {@code /config/orders/.proposals/{id}}, so that exactly the
 * instances receive it that import the changed keys. Internal: public only for the
 * operations.
 *
 * @param author who proposes the changes
 * @param comment why
 * @param changes the changes, whose keys are all in the directory of the proposal
 */
public record Proposal(String author, String comment, List<Change> changes) {

	private static final JsonFactory FACTORY = new JsonFactory();

	public Proposal {
		changes = List.copyOf(changes);
	}

	/**
	 * Return whether a key is one of a proposal or rollout, and not one of the
	 * configuration.
	 * @param key the key
	 * @return whether it is
	 */
	public static boolean isReserved(ByteSequence key) {
		return ConfigParser.isReserved(key.toString(StandardCharsets.UTF_8));
	}

	static boolean isKey(ByteSequence key) {
		return key.toString(StandardCharsets.UTF_8).contains(ConfigParser.PROPOSALS);
	}

	/**
	 * Return the key of a proposal.
	 * @param directory directory of the changed keys, with a slash at its end
	 * @param id id of the proposal
	 * @return the key
	 */
	public static String key(String directory, String id) {
		return directory + ConfigParser.PROPOSALS.substring(1) + id;
	}

	/**
	 * Return the directory of a key.
	 * @param key the key
	 * @return the key up to its last slash
	 */
	public static String directory(String key) {
		return key.substring(0, key.lastIndexOf('/') + 1);
	}

	static String id(ByteSequence key) {
		String text = key.toString(StandardCharsets.UTF_8);
		return text.substring(text.lastIndexOf('/') + 1);
	}

	/**
	 * Write the proposal.
	 * @return the value of its key
	 */
	public String write() {
		StringWriter written = new StringWriter();
		try (JsonGenerator json = FACTORY.createGenerator(written)) {
			json.writeStartObject();
			json.writeStringField("author", this.author);
			json.writeStringField("comment", this.comment);
			json.writeArrayFieldStart("changes");
			for (Change change : this.changes) {
				json.writeStartObject();
				json.writeStringField("key", change.key());
				if (change.value() != null) {
					json.writeStringField("value", change.value());
				}
				json.writeEndObject();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return written.toString();
	}

	/**
	 * Read a proposal. Changes of keys outside of its directory are left out, as the
	 * author may not be permitted to write them.
	 * @param key the key of the proposal
	 * @param value its value
	 * @return the proposal, {@code null} if the value is invalid
	 */
	static @Nullable Proposal read(ByteSequence key, ByteSequence value) {
		String text = key.toString(StandardCharsets.UTF_8);
		String directory = text.substring(0, text.indexOf(ConfigParser.PROPOSALS) + 1);
		try (JsonParser json = FACTORY.createParser(value.toString(StandardCharsets.UTF_8))) {
			return (json.nextToken() == JsonToken.START_OBJECT) ? read(json, directory) : null;
		}
		catch (IOException | IllegalArgumentException ex) {
			return null;
		}
	}

	private static Proposal read(JsonParser json, String directory) throws IOException {
		String author = "";
		String comment = "";
		List<Change> changes = new ArrayList<>();
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			JsonToken token = json.nextToken();
			if (field.equals("changes") && token == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					Change change = readChange(json);
					if (directory(change.key()).equals(directory)) {
						changes.add(change);
					}
				}
				continue;
			}
			switch (field) {
				case "author" -> author = json.getValueAsString("");
				case "comment" -> comment = json.getValueAsString("");
				default -> {
				}
			}
			json.skipChildren();
		}
		return new Proposal(author, comment, changes);
	}

	private static Change readChange(JsonParser json) throws IOException {
		if (!json.isExpectedStartObjectToken()) {
			throw new IllegalArgumentException("a change is not an object");
		}
		String key = "";
		@Nullable String value = null;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			if (!json.nextToken().isScalarValue()) {
				throw new IllegalArgumentException("a field of a change is not a text");
			}
			switch (field) {
				case "key" -> key = json.getValueAsString("");
				case "value" -> value = json.getValueAsString();
				default -> {
				}
			}
		}
		return new Change(key, value);
	}

	/** Omit the values, which may be secrets. */
	@Override
	public String toString() {
		return "Proposal[author=" + this.author + ", keys=" + this.changes.stream().map(Change::key).toList() + "]";
	}

	/**
	 * Change of a key.
	 *
	 * @param key the key
	 * @param value the value, {@code null} to delete the key
	 */
	public record Change(String key, @Nullable String value) {

		/** Omit the value, which may be a secret. */
		@Override
		public String toString() {
			return ((this.value != null) ? "put " : "delete ") + this.key;
		}

	}

}
