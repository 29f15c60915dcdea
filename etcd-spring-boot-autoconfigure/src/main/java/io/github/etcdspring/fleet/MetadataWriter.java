package io.github.etcdspring.fleet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetProperty.Deprecation;
import org.jspecify.annotations.Nullable;

/**
 * Writes Spring Boot's configuration metadata with the constraints of each property, a
 * JSON object that {@link MetadataReader} reads.
 */
final class MetadataWriter {

	private static final JsonFactory FACTORY = new JsonFactory();

	private MetadataWriter() {
	}

	/**
	 * Write properties. The same properties result in the same bytes.
	 * @param described the properties
	 * @return the JSON object
	 */
	static byte[] write(DescribedProperties described) {
		ByteArrayOutputStream written = new ByteArrayOutputStream();
		try (JsonGenerator json = FACTORY.createGenerator(written)) {
			json.writeStartObject();
			json.writeArrayFieldStart("groups");
			for (String prefix : described.prefixes()) {
				json.writeStartObject();
				json.writeStringField("name", prefix);
				json.writeEndObject();
			}
			json.writeEndArray();
			json.writeArrayFieldStart("properties");
			for (FleetProperty property : described.properties()) {
				write(property, json);
			}
			json.writeEndArray();
			json.writeArrayFieldStart("hints");
			for (FleetProperty property : described.properties()) {
				if (!property.values().isEmpty()) {
					writeHint(property, json);
				}
			}
			json.writeEndArray();
			json.writeEndObject();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return written.toByteArray();
	}

	private static void write(FleetProperty property, JsonGenerator json) throws IOException {
		json.writeStartObject();
		json.writeStringField("name", property.name());
		json.writeStringField("type", property.type());
		writeOptional("description", property.description(), json);
		writeOptional("defaultValue", property.defaultValue(), json);
		Deprecation deprecation = property.deprecation();
		if (deprecation != null) {
			json.writeObjectFieldStart("deprecation");
			json.writeStringField("level", deprecation.level());
			writeOptional("reason", deprecation.reason(), json);
			writeOptional("replacement", deprecation.replacement(), json);
			json.writeEndObject();
		}
		if (!property.constraints().isEmpty()) {
			json.writeArrayFieldStart("constraints");
			for (Constraint constraint : property.constraints()) {
				json.writeStartObject();
				json.writeStringField("name", constraint.name());
				json.writeObjectFieldStart("attributes");
				for (Map.Entry<String, String> attribute : constraint.attributes().entrySet()) {
					json.writeStringField(attribute.getKey(), attribute.getValue());
				}
				json.writeEndObject();
				json.writeEndObject();
			}
			json.writeEndArray();
		}
		json.writeEndObject();
	}

	private static void writeOptional(String field, @Nullable String value, JsonGenerator json) throws IOException {
		if (value != null) {
			json.writeStringField(field, value);
		}
	}

	private static void writeHint(FleetProperty property, JsonGenerator json) throws IOException {
		json.writeStartObject();
		json.writeStringField("name", property.name());
		json.writeArrayFieldStart("values");
		for (String value : property.values()) {
			json.writeStartObject();
			json.writeStringField("value", value);
			json.writeEndObject();
		}
		json.writeEndArray();
		json.writeEndObject();
	}

}
