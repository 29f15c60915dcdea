package io.github.etcdspring.test;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * Attributes of {@link WithEtcd @WithEtcd}.
 *
 * @param keys values by key
 * @param image the image of a container, empty for a process
 * @param timeout the timeout of methods that wait for the application
 */
record EtcdSettings(Map<String, String> keys, String image, Duration timeout) {

	EtcdSettings {
		keys = Map.copyOf(keys);
	}

	/**
	 * Find the annotation on a class, its superclasses, or the enclosing classes of a
	 * nested test.
	 * @param type the test class, or the main class of an application
	 * @return the attributes, {@code null} if there is no annotation
	 */
	static @Nullable EtcdSettings of(@Nullable Class<?> type) {
		if (type == null) {
			return null;
		}
		MergedAnnotation<WithEtcd> annotation = MergedAnnotations.search(SearchStrategy.TYPE_HIERARCHY)
			.withEnclosingClasses(ClassUtils::isInnerClass)
			.from(type)
			.get(WithEtcd.class);
		return (annotation.isPresent()) ? new EtcdSettings(keys(type, annotation.getStringArray("keys")),
				annotation.getString("image"), timeout(type, annotation.getString("timeout"))) : null;
	}

	private static Map<String, String> keys(Class<?> type, String[] pairs) {
		Map<String, String> keys = new LinkedHashMap<>();
		for (String pair : pairs) {
			int equals = pair.indexOf('=');
			if (equals < 1) {
				throw new IllegalArgumentException(
						"@WithEtcd of " + type.getName() + ": 'keys' contains '" + ((equals == 0) ? "" : pair)
								+ "'. Write a key and its value, such as \"/config/orders/greeting=hello\".");
			}
			keys.put(pair.substring(0, equals), pair.substring(equals + 1));
		}
		return keys;
	}

	private static Duration timeout(Class<?> type, String timeout) {
		try {
			return DurationStyle.detectAndParse(timeout);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("@WithEtcd of " + type.getName() + ": 'timeout' is '" + timeout
					+ "'. Write a duration such as \"10s\".", ex);
		}
	}

	@Override
	public String toString() {
		return "EtcdSettings[keys=" + this.keys.keySet() + ", image=" + this.image + ", timeout=" + this.timeout + "]";
	}

}
