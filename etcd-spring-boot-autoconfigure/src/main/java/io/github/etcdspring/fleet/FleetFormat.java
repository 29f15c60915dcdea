package io.github.etcdspring.fleet;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.etcdspring.config.ChangeAnswer;
import io.github.etcdspring.refresh.ConfigurationStatus.Rejected;
import io.github.etcdspring.registry.InstanceKey;
import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Reads and writes the value of an instance's key, a JSON object. Parsed as a stream, as
 * the data binding would load many classes at startup.
 */
final class FleetFormat {

	/** Validation errors of many properties are cut off. */
	private static final int MAX_REASON_LENGTH = 1000;

	private static final JsonFactory FACTORY = new JsonFactory();

	private FleetFormat() {
	}

	/**
	 * Write the configuration of an instance.
	 * @param instance the instance
	 * @return the value of its key
	 */
	static String write(FleetInstance instance) {
		StringWriter written = new StringWriter();
		try (JsonGenerator json = FACTORY.createGenerator(written)) {
			json.writeStartObject();
			json.writeNumberField("applied", instance.appliedRevision());
			json.writeNumberField("seen", instance.seenRevision());
			Rejected rejected = instance.rejected();
			if (rejected != null) {
				json.writeObjectFieldStart("rejected");
				json.writeNumberField("revision", rejected.revision());
				if (rejected.key() != null) {
					json.writeStringField("key", rejected.key());
				}
				json.writeStringField("reason", StringUtils.truncate(rejected.reason(), MAX_REASON_LENGTH));
				json.writeStringField("since", rejected.since().toString());
				json.writeEndObject();
			}
			if (instance.version() != null) {
				json.writeStringField("version", instance.version());
			}
			if (instance.zone() != null) {
				json.writeStringField("zone", instance.zone());
			}
			json.writeArrayFieldStart("imports");
			for (String prefix : instance.imports()) {
				json.writeString(prefix);
			}
			json.writeEndArray();
			if (!instance.answers().isEmpty()) {
				json.writeArrayFieldStart("answers");
				for (ChangeAnswer answer : instance.answers()) {
					write(answer, json);
				}
				json.writeEndArray();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return written.toString();
	}

	private static void write(ChangeAnswer answer, JsonGenerator json) throws IOException {
		json.writeStartObject();
		// also of a rollout
		json.writeStringField("proposal", answer.id());
		if (answer.key() != null) {
			json.writeStringField("key", answer.key());
		}
		if (answer.reason() != null) {
			json.writeStringField("reason", StringUtils.truncate(answer.reason(), MAX_REASON_LENGTH));
		}
		json.writeEndObject();
	}

	/**
	 * Read the configuration of an instance. Unknown fields are ignored.
	 * @param name the names in the key
	 * @param value the value of the key
	 * @return the instance
	 * @throws IllegalArgumentException if the value is invalid; the message does not
	 * contain the value
	 */
	static FleetInstance read(InstanceKey name, byte[] value) {
		try (JsonParser json = FACTORY.createParser(new String(value, StandardCharsets.UTF_8))) {
			if (json.nextToken() == JsonToken.START_OBJECT) {
				FleetInstance read = read(name, json);
				if (json.nextToken() == null) {
					return read;
				}
			}
		}
		catch (IOException | DateTimeParseException ex) {
			// not used as the cause, as it may quote the value
		}
		throw new IllegalArgumentException("value is not a JSON object with the fields of an instance");
	}

	private static FleetInstance read(InstanceKey name, JsonParser json) throws IOException {
		long applied = 0;
		long seen = 0;
		String version = null;
		String zone = null;
		Rejected rejected = null;
		List<String> imports = new ArrayList<>();
		List<ChangeAnswer> answers = new ArrayList<>();
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			JsonToken value = json.nextToken();
			if (field.equals("rejected") && value == JsonToken.START_OBJECT) {
				rejected = readRejected(json);
				continue;
			}
			if (field.equals("imports") && value == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					imports.add(text(json));
				}
				continue;
			}
			if (field.equals("answers") && value == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					answers.add(readAnswer(json));
				}
				continue;
			}
			switch (field) {
				case "applied" -> applied = json.getLongValue();
				case "seen" -> seen = json.getLongValue();
				case "version" -> version = text(json);
				case "zone" -> zone = text(json);
				default -> json.skipChildren();
			}
		}
		return new FleetInstance(name.serviceId(), name.instanceId(), version, zone, imports, applied, seen, rejected,
				answers);
	}

	private static Rejected readRejected(JsonParser json) throws IOException {
		long revision = 0;
		@Nullable String key = null;
		String reason = "";
		Instant since = Instant.EPOCH;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			switch (field) {
				case "revision" -> revision = json.getLongValue();
				case "key" -> key = text(json);
				case "reason" -> reason = text(json);
				case "since" -> since = Instant.parse(text(json));
				default -> json.skipChildren();
			}
		}
		return new Rejected(revision, key, reason, since);
	}

	private static ChangeAnswer readAnswer(JsonParser json) throws IOException {
		if (!json.isExpectedStartObjectToken()) {
			throw new IllegalArgumentException("an answer is not an object");
		}
		String id = "";
		@Nullable String key = null;
		@Nullable String reason = null;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			switch (field) {
				case "proposal" -> id = text(json);
				case "key" -> key = text(json);
				case "reason" -> reason = text(json);
				default -> json.skipChildren();
			}
		}
		return new ChangeAnswer(id, key, reason);
	}

	private static String text(JsonParser json) throws IOException {
		String text = json.getValueAsString();
		if (text == null) {
			throw new IllegalArgumentException("value has a field that is not a text");
		}
		return text;
	}

}
