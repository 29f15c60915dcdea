package io.github.etcdspring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Provides a real etcd to a JUnit Jupiter test, as a {@link TestEtcd} parameter of a test
 * or lifecycle method. In a Spring Boot test, the application connects to that etcd,
 * including {@code spring.config.import=etcd:}, and its connection properties are
 * ignored. A {@code TestEtcd} can then also be autowired.
 * <p>
 * All test classes of a JVM share one etcd, which starts with the first one. After each
 * test, faults end and the keys that the test has written get their former values. Tests
 * with this annotation do not run in parallel in the same JVM.
 * <p>
 * etcd is a process without Docker: the executable in the environment variable
 * {@code ETCD_BIN}, else {@code etcd} on the {@code PATH}, else the package of Debian or
 * a derivative, downloaded once into the user's cache without root. With an
 * {@link #image() image}, it is a container.
 *
 * @since 0.1.0
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(EtcdExtension.class)
@ResourceLock("io.github.etcdspring.test.TestEtcd")
public @interface WithEtcd {

	/**
	 * Keys that exist before the application starts, such as
	 * {@code /config/orders/greeting=hello}. They replace the keys of other test classes.
	 * @return keys with their values, separated by the first equals sign
	 */
	String[] keys() default {};

	/**
	 * Image of a container to use instead of a process, such as
	 * {@code quay.io/coreos/etcd:v3.5.16}. Requires Testcontainers and Docker.
	 * @return the image, empty to use a process
	 */
	String image() default "";

	/**
	 * Timeout of each method that waits for the application, such as {@code 10s}.
	 * @return a duration as in configuration properties
	 */
	String timeout() default "10s";

}
