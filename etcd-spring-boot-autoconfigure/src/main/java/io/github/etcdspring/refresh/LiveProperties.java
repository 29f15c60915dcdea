package io.github.etcdspring.refresh;

import java.util.function.Supplier;

/**
 * Provides the newest instance of a class bound with
 * {@link org.springframework.boot.context.properties.ConfigurationProperties @ConfigurationProperties},
 * such as a record. One can be injected for each such bean:
 *
 * <pre class="code">
 * &#64;ConfigurationProperties("pricing")
 * record Pricing(BigDecimal rate, Currency currency) { }
 *
 * &#64;Service
 * class Checkout {
 *
 *     Checkout(LiveProperties&lt;Pricing&gt; pricing) { ... }
 *
 * }
 * </pre>
 *
 * An instance never changes: it is what was in force at one time, valid as a whole. Call
 * {@link #get()} once for what belongs together, and again next time. Two beans of the
 * same class are told apart by a {@code @Qualifier} with the name of the bean. Without
 * configuration from etcd this is the bean itself.
 *
 * @param <T> the class
 * @since 0.1.0
 */
public interface LiveProperties<T> extends Supplier<T> {

	/**
	 * The newest instance. Takes no longer than reading a volatile field.
	 * @return the instance
	 */
	@Override
	T get();

}
