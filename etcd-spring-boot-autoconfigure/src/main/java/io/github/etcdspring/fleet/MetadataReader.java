package io.github.etcdspring.fleet;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetProperty.Deprecation;
import org.jspecify.annotations.Nullable;

/**
 * Reads Spring Boot's configuration metadata, a JSON object. Published metadata also
 * contains the constraints of each property.
 */
final class MetadataReader {

	private static final JsonFactory FACTORY = new JsonFactory();

	private MetadataReader() {
	}

	/**
	 * Read properties. Unknown fields are ignored.
	 * @param source the JSON object
	 * @return the metadata
	 * @throws IllegalArgumentException if the source is not configuration metadata; the
	 * message does not contain it
	 */
	static Metadata read(InputStream source) {
		try (JsonParser json = FACTORY.createParser(source)) {
			if (json.nextToken() == JsonToken.START_OBJECT) {
				Metadata read = read(json);
				if (json.nextToken() == null) {
					return read;
				}
			}
		}
		catch (IOException ex) {
			// not used as the cause, as it may quote the source
		}
		throw new IllegalArgumentException("not a JSON object with configuration metadata");
	}

	private static Metadata read(JsonParser json) throws IOException {
		List<String> prefixes = new ArrayList<>();
		List<Item> items = new ArrayList<>();
		Map<String, List<String>> values = new HashMap<>();
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			JsonToken value = json.nextToken();
			if (field.equals("properties") && value == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					items.add(readProperty(json));
				}
			}
			else if (field.equals("groups") && value == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					prefixes.add(readProperty(json).name());
				}
			}
			else if (field.equals("hints") && value == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					readHint(json, values);
				}
			}
			else {
				json.skipChildren();
			}
		}
		return new Metadata(prefixes,
				items.stream().map((item) -> item.withValues(values.getOrDefault(item.name(), List.of()))).toList());
	}

	private static Item readProperty(JsonParser json) throws IOException {
		requireObject(json);
		@Nullable String name = null;
		@Nullable String type = null;
		@Nullable String sourceType = null;
		@Nullable String description = null;
		@Nullable String defaultValue = null;
		@Nullable Deprecation deprecation = null;
		List<Constraint> constraints = new ArrayList<>();
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			JsonToken value = json.nextToken();
			switch (field) {
				case "name" -> name = text(json);
				case "type" -> type = text(json);
				case "sourceType" -> sourceType = text(json);
				case "description" -> description = text(json);
				case "defaultValue" -> defaultValue = text(json);
				case "deprecated" -> {
					if (value == JsonToken.VALUE_TRUE && deprecation == null) {
						deprecation = new Deprecation("warning", null, null);
					}
				}
				case "deprecation" -> deprecation = readDeprecation(json);
				case "constraints" -> readConstraints(json, constraints);
				default -> json.skipChildren();
			}
		}
		if (name == null) {
			throw new IllegalArgumentException("a property has no name");
		}
		return new Item(new FleetProperty(name, (type != null) ? type : "java.lang.String", description, defaultValue,
				deprecation, List.of(), constraints), sourceType);
	}

	private static Deprecation readDeprecation(JsonParser json) throws IOException {
		requireObject(json);
		@Nullable String level = null;
		@Nullable String reason = null;
		@Nullable String replacement = null;
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			switch (field) {
				case "level" -> level = text(json);
				case "reason" -> reason = text(json);
				case "replacement" -> replacement = text(json);
				default -> json.skipChildren();
			}
		}
		return new Deprecation((level != null) ? level : "warning", reason, replacement);
	}

	private static void readConstraints(JsonParser json, List<Constraint> constraints) throws IOException {
		if (!json.isExpectedStartArrayToken()) {
			throw new IllegalArgumentException("constraints are not an array");
		}
		while (json.nextToken() != JsonToken.END_ARRAY) {
			constraints.add(readConstraint(json));
		}
	}

	private static Constraint readConstraint(JsonParser json) throws IOException {
		requireObject(json);
		@Nullable String name = null;
		Map<String, String> attributes = new TreeMap<>();
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			JsonToken value = json.nextToken();
			if (field.equals("name")) {
				name = text(json);
			}
			else if (field.equals("attributes") && value == JsonToken.START_OBJECT) {
				while (json.nextToken() != JsonToken.END_OBJECT) {
					String attribute = json.currentName();
					json.nextToken();
					String text = text(json);
					attributes.put(attribute, (text != null) ? text : "");
				}
			}
			else {
				json.skipChildren();
			}
		}
		if (name == null) {
			throw new IllegalArgumentException("a constraint has no name");
		}
		return new Constraint(name, attributes);
	}

	private static void readHint(JsonParser json, Map<String, List<String>> values) throws IOException {
		requireObject(json);
		String name = "";
		List<String> found = new ArrayList<>();
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			JsonToken value = json.nextToken();
			if (field.equals("values") && value == JsonToken.START_ARRAY) {
				while (json.nextToken() != JsonToken.END_ARRAY) {
					readValue(json, found);
				}
				continue;
			}
			String text = text(json);
			if (field.equals("name") && text != null) {
				name = text;
			}
		}
		values.put(name, found);
	}

	private static void readValue(JsonParser json, List<String> values) throws IOException {
		requireObject(json);
		while (json.nextToken() != JsonToken.END_OBJECT) {
			String field = json.currentName();
			json.nextToken();
			String text = text(json);
			if (field.equals("value") && text != null) {
				values.add(text);
			}
		}
	}

	private static void requireObject(JsonParser json) {
		if (!json.isExpectedStartObjectToken()) {
			throw new IllegalArgumentException("an element is not an object");
		}
	}

	/** Joins the elements of an array, and ignores objects. */
	private static @Nullable String text(JsonParser json) throws IOException {
		if (!json.isExpectedStartArrayToken()) {
			String text = json.getValueAsString();
			json.skipChildren();
			return text;
		}
		List<String> elements = new ArrayList<>();
		while (json.nextToken() != JsonToken.END_ARRAY) {
			String element = json.getValueAsString();
			json.skipChildren();
			if (element != null) {
				elements.add(element);
			}
		}
		return String.join(",", elements);
	}

	/**
	 * Configuration metadata.
	 *
	 * @param prefixes names of the groups
	 * @param items the properties
	 */
	record Metadata(List<String> prefixes, List<Item> items) {

		List<FleetProperty> properties() {
			return this.items.stream().map(Item::property).toList();
		}

	}

	/**
	 * A property in configuration metadata.
	 *
	 * @param property the property
	 * @param sourceType name of the class that it belongs to, {@code null} if it is not
	 * known
	 */
	record Item(FleetProperty property, @Nullable String sourceType) {

		String name() {
			return this.property.name();
		}

		Item withValues(List<String> values) {
			return new Item(new FleetProperty(this.property.name(), this.property.type(), this.property.description(),
					this.property.defaultValue(), this.property.deprecation(), values, this.property.constraints()),
					this.sourceType);
		}

	}

}
