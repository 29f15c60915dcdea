package io.github.etcdspring.registry;

import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.jspecify.annotations.Nullable;

/**
 * What the JSON object in the value of an instance's key says, as far as it concerns an
 * instance. Read as a stream: a tree would cost a catalog of thousands more garbage with
 * each change, and each application the classes of the binding.
 *
 * @param host text under {@code host}
 * @param port text or number under {@code port}
 * @param address text under {@code addr}
 * @param secure what is true under {@code secure}
 * @param status text under {@code status}
 * @param metadata what is not null under {@code metadata}
 */
record InstanceJson(@Nullable String host, @Nullable String port, @Nullable String address, boolean secure,
		@Nullable String status, Map<String, String> metadata) {

	static final JsonFactory FACTORY = new JsonFactory();

	/**
	 * Read an object. Names of fields count without regard to case, as Go writes and
	 * reads them; where there are several of one name, the last one counts.
	 * @param text the object
	 * @return what it says
	 * @throws IllegalArgumentException if that is not one JSON object
	 */
	static InstanceJson read(String text) {
		try (JsonParser parser = FACTORY.createParser(text)) {
			parser.nextToken();
			InstanceJson read = read(parser);
			if (parser.nextToken() == null) {
				return read;
			}
		}
		catch (IOException ex) {
			// falls through: the exception may quote the value
		}
		throw new IllegalArgumentException("value is not valid JSON");
	}

	private static InstanceJson read(JsonParser parser) throws IOException {
		String host = null;
		String port = null;
		String address = null;
		boolean secure = false;
		String status = null;
		Map<String, String> metadata = Map.of();
		while (parser.nextToken() != JsonToken.END_OBJECT) {
			String name = parser.currentName().toLowerCase(Locale.ROOT);
			JsonToken value = parser.nextToken();
			switch (name) {
				case "host" -> host = text(parser);
				case "port" -> port = (value.isScalarValue()) ? parser.getText() : "";
				case "addr" -> address = text(parser);
				case "secure" -> secure = parser.getValueAsBoolean();
				case "status" -> status = text(parser);
				case "metadata" -> metadata = metadata(parser);
				default -> {
				}
			}
			// of a structure that is not of interest; elsewhere it does nothing
			parser.skipChildren();
		}
		return new InstanceJson(host, port, address, secure, status, metadata);
	}

	private static @Nullable String text(JsonParser parser) throws IOException {
		return (parser.currentToken() == JsonToken.VALUE_STRING) ? parser.getText() : null;
	}

	private static Map<String, String> metadata(JsonParser parser) throws IOException {
		Map<String, String> metadata = new LinkedHashMap<>();
		if (parser.currentToken() == JsonToken.START_OBJECT) {
			while (parser.nextToken() != JsonToken.END_OBJECT) {
				String name = parser.currentName();
				JsonToken value = parser.nextToken();
				if (value.isScalarValue()) {
					if (value != JsonToken.VALUE_NULL) {
						metadata.put(name, parser.getText());
					}
				}
				else {
					metadata.put(name, structure(parser));
				}
			}
		}
		return metadata;
	}

	private static String structure(JsonParser parser) throws IOException {
		StringWriter copy = new StringWriter();
		try (JsonGenerator generator = FACTORY.createGenerator(copy)) {
			generator.copyCurrentStructure(parser);
		}
		return copy.toString();
	}

}
