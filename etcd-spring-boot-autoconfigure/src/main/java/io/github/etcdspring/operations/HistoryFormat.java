package io.github.etcdspring.operations;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.operations.ConfigState.Versioned;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the values of history entries and snapshots, JSON objects. A missing
 * value means that the key did not exist, an empty object that its value is not known.
 */
final class HistoryFormat {

	private static final JsonFactory FACTORY = new JsonFactory();

	private HistoryFormat() {
	}

	/**
	 * Write an entry.
	 * @param entry the entry. Its revision is only written if it is not the one at which
	 * the entry is put
	 * @return the value of its key
	 */
	static ByteSequence write(HistoryEntry entry) {
		return write((json) -> {
			json.writeStringField("time", entry.time().toString());
			json.writeStringField("author", entry.author());
			json.writeStringField("comment", entry.comment());
			if (entry.isOutside()) {
				json.writeNumberField("revision", entry.revision());
			}
			json.writeArrayFieldStart("changes");
			for (HistoryChange change : entry.changes()) {
				json.writeStartObject();
				json.writeStringField("key", change.key());
				write(json, "former", change.former());
				write(json, "value", change.value());
				json.writeEndObject();
			}
			json.writeEndArray();
		});
	}

	/**
	 * Write a snapshot.
	 * @param snapshot the snapshot
	 * @return the value of its key
	 */
	static ByteSequence write(ConfigSnapshot snapshot) {
		return write((json) -> {
			json.writeStringField("time", snapshot.time().toString());
			json.writeNumberField("revision", snapshot.state().revision());
			json.writeArrayFieldStart("entries");
			for (Map.Entry<String, Versioned> entry : snapshot.state().entries().entrySet()) {
				json.writeStartObject();
				json.writeStringField("key", entry.getKey());
				json.writeNumberField("revision", entry.getValue().revision());
				write(json, "value", entry.getValue().value());
				json.writeEndObject();
			}
			json.writeEndArray();
		});
	}

	private static ByteSequence write(Fields fields) {
		StringWriter written = new StringWriter();
		try (JsonGenerator json = FACTORY.createGenerator(written)) {
			json.writeStartObject();
			fields.write(json);
			json.writeEndObject();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return ByteSequence.from(written.toString(), StandardCharsets.UTF_8);
	}

	private static void write(JsonGenerator json, String field, @Nullable ConfigValue value) throws IOException {
		if (value != null) {
			json.writeObjectFieldStart(field);
			ConfigValue recorded = value.withoutSecret();
			if (recorded.text() != null) {
				json.writeStringField("text", recorded.text());
			}
			if (recorded.sha256() != null) {
				json.writeStringField("sha256", recorded.sha256());
			}
			json.writeEndObject();
		}
	}

	/**
	 * Read an entry. Unknown fields are ignored.
	 * @param revision revision at which the entry was put
	 * @param value the value of its key
	 * @return the entry
	 * @throws IllegalArgumentException if the value is invalid; the message does not
	 * contain the value
	 */
	static HistoryEntry readEntry(long revision, ByteSequence value) {
		return read(value, (json) -> {
			long outside = revision;
			Instant time = Instant.EPOCH;
			String author = "";
			String comment = "";
			List<HistoryChange> changes = new ArrayList<>();
			while (json.nextToken() != JsonToken.END_OBJECT) {
				String field = json.currentName();
				JsonToken token = json.nextToken();
				switch (field) {
					case "time" -> time = Instant.parse(text(json));
					case "author" -> author = text(json);
					case "comment" -> comment = text(json);
					case "revision" -> outside = json.getLongValue();
					case "changes" -> {
						require(token == JsonToken.START_ARRAY);
						while (json.nextToken() != JsonToken.END_ARRAY) {
							changes.add(readChange(json));
						}
					}
					default -> json.skipChildren();
				}
			}
			require(!author.isEmpty());
			return new HistoryEntry((author.equals(HistoryEntry.OUTSIDE)) ? outside : revision, time, author, comment,
					changes);
		});
	}

	private static HistoryChange readChange(JsonParser json) throws IOException {
		require(json.isExpectedStartObjectToken());
		String key = "";
		@Nullable ConfigValue former = null;
		@Nullable ConfigValue value = null;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			switch (field) {
				case "key" -> key = text(json);
				case "former" -> former = readValue(json);
				case "value" -> value = readValue(json);
				default -> json.skipChildren();
			}
		}
		require(!key.isEmpty());
		return new HistoryChange(key, former, value);
	}

	private static ConfigValue readValue(JsonParser json) throws IOException {
		require(json.isExpectedStartObjectToken());
		@Nullable String text = null;
		@Nullable String sha256 = null;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			switch (field) {
				case "text" -> text = text(json);
				case "sha256" -> sha256 = text(json);
				default -> json.skipChildren();
			}
		}
		return new ConfigValue(text, sha256);
	}

	/**
	 * Read a snapshot. Unknown fields are ignored.
	 * @param prefix prefix of the keys
	 * @param name name of the snapshot
	 * @param value the value of its key
	 * @return the snapshot
	 * @throws IllegalArgumentException if the value is invalid; the message does not
	 * contain the value
	 */
	static ConfigSnapshot readSnapshot(String prefix, String name, ByteSequence value) {
		return read(value, (json) -> {
			Instant time = Instant.EPOCH;
			long revision = 0;
			SortedMap<String, Versioned> entries = new TreeMap<>();
			while (json.nextToken() != JsonToken.END_OBJECT) {
				String field = json.currentName();
				JsonToken token = json.nextToken();
				switch (field) {
					case "time" -> time = Instant.parse(text(json));
					case "revision" -> revision = json.getLongValue();
					case "entries" -> {
						require(token == JsonToken.START_ARRAY);
						while (json.nextToken() != JsonToken.END_ARRAY) {
							readVersioned(json, entries);
						}
					}
					default -> json.skipChildren();
				}
			}
			require(revision > 0);
			return new ConfigSnapshot(name, time, new ConfigState(prefix, revision, entries));
		});
	}

	private static void readVersioned(JsonParser json, Map<String, Versioned> entries) throws IOException {
		require(json.isExpectedStartObjectToken());
		String key = "";
		long revision = 0;
		ConfigValue value = ConfigValue.UNKNOWN;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			switch (field) {
				case "key" -> key = text(json);
				case "revision" -> revision = json.getLongValue();
				case "value" -> value = readValue(json);
				default -> json.skipChildren();
			}
		}
		require(value.isKnown());
		entries.put(key, new Versioned(value, revision));
	}

	private static <T> T read(ByteSequence value, Content<T> content) {
		try (JsonParser json = FACTORY.createParser(value.toString(StandardCharsets.UTF_8))) {
			require(json.nextToken() == JsonToken.START_OBJECT);
			T read = content.read(json);
			require(json.nextToken() == null);
			return read;
		}
		catch (IOException | DateTimeParseException ex) {
			// not used as the cause, as it may quote the value
			throw invalid();
		}
	}

	private static String text(JsonParser json) throws IOException {
		String text = json.getValueAsString();
		if (text == null) {
			throw invalid();
		}
		return text;
	}

	private static void require(boolean condition) {
		if (!condition) {
			throw invalid();
		}
	}

	private static IllegalArgumentException invalid() {
		return new IllegalArgumentException("value is not a JSON object with the required fields");
	}

	/**
	 * Writes the fields of an object.
	 */
	@FunctionalInterface
	private interface Fields {

		void write(JsonGenerator json) throws IOException;

	}

	/**
	 * Reads the fields of an object.
	 *
	 * @param <T> the type of the result
	 */
	@FunctionalInterface
	private interface Content<T> {

		T read(JsonParser json) throws IOException;

	}

}
