package io.github.etcdspring.registry;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Locale;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the value of an override's key, a JSON object. Internal: public only
 * for the other packages of the starter.
 */
public final class OverrideFormat {

	private OverrideFormat() {
	}

	/**
	 * Write an override.
	 * @param override the override
	 * @return the value of its key
	 */
	public static String write(InstanceOverride override) {
		StringWriter written = new StringWriter();
		try (JsonGenerator json = InstanceJson.FACTORY.createGenerator(written)) {
			json.writeStartObject();
			json.writeStringField("owner", override.owner());
			json.writeStringField("reason", override.reason());
			json.writeStringField("until", override.until().toString());
			if (override.outOfService()) {
				json.writeBooleanField("outOfService", true);
			}
			if (override.weight() != null) {
				json.writeNumberField("weight", override.weight());
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return written.toString();
	}

	/**
	 * Read an override. Service name and instance id are taken from its key. Field names
	 * are case-insensitive, unknown fields are ignored.
	 * @param name the names in the key
	 * @param value the value of the key
	 * @return the override
	 * @throws IllegalArgumentException if the value is invalid; the message does not
	 * contain the value
	 */
	public static InstanceOverride read(InstanceKey name, byte[] value) {
		try (JsonParser parser = InstanceJson.FACTORY.createParser(new String(value, StandardCharsets.UTF_8))) {
			if (parser.nextToken() == JsonToken.START_OBJECT) {
				InstanceOverride read = read(name, parser);
				if (parser.nextToken() == null) {
					return read;
				}
			}
		}
		catch (IOException ex) {
			// not used as the cause, as it may quote the value
		}
		throw new IllegalArgumentException("value is not a JSON object");
	}

	private static InstanceOverride read(InstanceKey name, JsonParser parser) throws IOException {
		String owner = "";
		String reason = "";
		String until = "";
		String weight = null;
		boolean outOfService = false;
		while (parser.nextToken() != JsonToken.END_OBJECT) {
			String field = parser.currentName().toLowerCase(Locale.ROOT);
			JsonToken value = parser.nextToken();
			String text = (value.isScalarValue() && value != JsonToken.VALUE_NULL) ? parser.getText() : "";
			switch (field) {
				case "owner" -> owner = text;
				case "reason" -> reason = text;
				case "until" -> until = text;
				case "weight" -> weight = (value != JsonToken.VALUE_NULL) ? text : null;
				case "outofservice" -> outOfService = bool(text);
				default -> {
				}
			}
			parser.skipChildren();
		}
		return new InstanceOverride(name.serviceId(), name.instanceId(), owner, reason, time(until), outOfService,
				number(weight));
	}

	private static boolean bool(String text) {
		if (!text.equals("true") && !text.equals("false")) {
			throw new IllegalArgumentException("'outOfService' must be true or false");
		}
		return text.equals("true");
	}

	private static Instant time(String text) {
		try {
			return OffsetDateTime.parse(text).toInstant();
		}
		catch (DateTimeParseException ex) {
			throw new IllegalArgumentException("'until' must be a time such as 2026-05-31T15:00:00Z");
		}
	}

	private static @Nullable Integer number(@Nullable String text) {
		try {
			return (text != null) ? Integer.valueOf(text) : null;
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("'weight' must be a whole number");
		}
	}

}
