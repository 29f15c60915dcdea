package io.github.etcdspring.sample.board;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the board may do.
 *
 * @param editing whether it shows values of the configuration and changes them, for
 * whoever can reach it under a name of this machine
 */
@ConfigurationProperties("board")
record BoardProperties(@DefaultValue("false") boolean editing) {

}
