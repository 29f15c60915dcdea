package io.github.etcdspring.registry;

import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import org.jspecify.annotations.Nullable;

/**
 * Fields of the JSON object of an instance. Parsed as a stream, as a tree would allocate
 * more memory for each change of a large catalog, and load the classes of the data
 * binding.
 *
 * @param host text of {@code host}
 * @param port text or number of {@code port}
 * @param address text of {@code addr}
 * @param secure value of {@code secure}
 * @param status text of {@code status}
 * @param metadata entries of {@code metadata} that are not null
 * @param version text of {@code version}
 * @param endpoints texts of {@code endpoints}
 */
record InstanceJson(@Nullable String host, @Nullable String port, @Nullable String address, boolean secure,
		@Nullable String status, Map<String, String> metadata, @Nullable String version, List<String> endpoints) {

	static final JsonFactory FACTORY = new JsonFactory();

	/**
	 * Read an object. Field names are case-insensitive, as in Go. The last of several
	 * fields with the same name takes precedence.
	 * @param text the object
	 * @return the fields
	 * @throws IllegalArgumentException if the text is not one JSON object
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
			// not used as the cause, as it may quote the value
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
		String version = null;
		List<String> endpoints = List.of();
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
				case "version" -> version = text(parser);
				case "endpoints" -> endpoints = texts(parser);
				default -> {
				}
			}
			// skips the content of ignored structures, and does nothing otherwise
			parser.skipChildren();
		}
		return new InstanceJson(host, port, address, secure, status, metadata, version, endpoints);
	}

	private static @Nullable String text(JsonParser parser) throws IOException {
		return (parser.currentToken() == JsonToken.VALUE_STRING) ? parser.getText() : null;
	}

	private static List<String> texts(JsonParser parser) throws IOException {
		List<String> texts = new ArrayList<>();
		if (parser.currentToken() == JsonToken.START_ARRAY) {
			while (parser.nextToken() != JsonToken.END_ARRAY) {
				String text = text(parser);
				if (text != null) {
					texts.add(text);
				}
				parser.skipChildren();
			}
		}
		return texts;
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
