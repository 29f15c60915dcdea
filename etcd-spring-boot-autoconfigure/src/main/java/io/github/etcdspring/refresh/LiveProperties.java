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
 * An instance never changes, and all its properties have the same revision. Call
 * {@link #get()} once for each unit of work. If there are several beans of a class,
 * select one by a {@code @Qualifier} with the name of the bean. Without configuration
 * from etcd, the instance is the bean itself.
 *
 * @param <T> the class
 * @since 0.1.0
 */
public interface LiveProperties<T> extends Supplier<T> {

	/**
	 * Return the newest instance. Costs a volatile read and never blocks; can be called
	 * by any thread.
	 * @return the instance
	 */
	@Override
	T get();

}
