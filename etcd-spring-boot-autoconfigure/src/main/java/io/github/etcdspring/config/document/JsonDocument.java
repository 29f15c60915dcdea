package io.github.etcdspring.config.document;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.github.etcdspring.config.document.NamedProperty.Shape;
import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.TextResourceOrigin.Location;

/**
 * A JSON document. Its properties have the names that Spring Boot gives to those of the
 * equivalent YAML document.
 */
final class JsonDocument {

	private static final JsonFactory factory = JsonFactory.builder()
		.disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
		.build();

	private static final int MAX_DIGITS = 1000;

	private final JsonParser parser;

	private final KeyOrigin origin;

	private final List<NamedProperty> properties = new ArrayList<>();

	private final Set<String> names = new HashSet<>();

	private final Map<String, Shape> shapes = new HashMap<>();

	private JsonDocument(JsonParser parser, KeyOrigin origin) {
		this.parser = parser;
		this.origin = origin;
	}

	static List<NamedProperty> read(String text, KeyOrigin origin) throws RejectedConfigurationException {
		try (JsonParser parser = factory.createParser(text)) {
			JsonDocument document = new JsonDocument(parser, origin);
			document.read();
			return document.properties;
		}
		catch (JsonProcessingException ex) {
			// neither message nor cause, as they may quote the document
			throw new RejectedConfigurationException(origin.at(location(ex.getLocation())), reason(ex));
		}
		catch (IOException | RuntimeException ex) {
			throw new RejectedConfigurationException(origin, "is not valid JSON");
		}
	}

	private static String reason(JsonProcessingException failure) {
		if (failure instanceof StreamConstraintsException) {
			return "is nested too deeply, or has a name or a number that is too long";
		}
		return "is not valid JSON" + ((failure instanceof JsonEOFException) ? ": unexpected end" : "");
	}

	private void read() throws IOException, RejectedConfigurationException {
		JsonToken first = this.parser.nextToken();
		if (first == JsonToken.START_OBJECT) {
			readObject("");
		}
		else if (first != null) {
			throw invalid("is not a JSON object");
		}
		if (this.parser.nextToken() != null) {
			throw invalid("has content after its end");
		}
	}

	private void readObject(String path) throws IOException, RejectedConfigurationException {
		Set<String> fields = new HashSet<>();
		while (this.parser.nextToken() != JsonToken.END_OBJECT) {
			String field = this.parser.currentName();
			if (!fields.add(field)) {
				throw invalid("has a duplicate name in an object");
			}
			this.parser.nextToken();
			boolean bracket = field.startsWith("[");
			if (bracket) {
				this.shapes.putIfAbsent(path, Shape.MAP);
			}
			readValue((bracket || path.isEmpty()) ? path + field : path + "." + field);
		}
	}

	private void readArray(String path) throws IOException, RejectedConfigurationException {
		int index = 0;
		this.shapes.put(path, Shape.LIST);
		while (this.parser.nextToken() != JsonToken.END_ARRAY) {
			readValue(path + "[" + index++ + "]");
		}
		if (index == 0) {
			add(path, "");
		}
	}

	private void readValue(String path) throws IOException, RejectedConfigurationException {
		switch (this.parser.currentToken()) {
			case START_OBJECT -> readObject(path);
			case START_ARRAY -> readArray(path);
			case VALUE_NUMBER_INT -> add(path, this.parser.getNumberValue());
			case VALUE_NUMBER_FLOAT -> add(path, decimal(this.parser.getText()));
			case VALUE_TRUE, VALUE_FALSE -> add(path, this.parser.getBooleanValue());
			case VALUE_NULL -> add(path, "");
			default -> add(path, this.parser.getText());
		}
	}

	/** Returns a {@code double}, as in YAML documents, if it keeps all digits. */
	private Number decimal(String text) throws RejectedConfigurationException {
		double number = Double.parseDouble(text);
		if (Double.toString(number).equals(text)) {
			return number;
		}
		BigDecimal decimal = new BigDecimal(text);
		if (Double.isInfinite(number) || Math.abs((long) decimal.scale()) > MAX_DIGITS) {
			throw invalid("has a number with too many digits");
		}
		return decimal;
	}

	private void add(String name, Object value) throws RejectedConfigurationException {
		if (!this.names.add(name)) {
			throw invalid("has two values for one property");
		}
		this.properties.add(NamedProperty.of(name, new Property(value, place()), this.shapes));
	}

	private RejectedConfigurationException invalid(String reason) {
		return new RejectedConfigurationException(place(), reason);
	}

	private KeyOrigin place() {
		return this.origin.at(location(this.parser.currentTokenLocation()));
	}

	private static @Nullable Location location(@Nullable JsonLocation location) {
		return (location != null && location.getLineNr() > 0)
				? new Location(location.getLineNr() - 1, location.getColumnNr() - 1) : null;
	}

}
