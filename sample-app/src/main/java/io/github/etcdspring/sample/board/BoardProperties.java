package io.github.etcdspring.sample.board;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the board.
 *
 * @param editing whether configuration values are shown and can be edited, by anyone who
 * can reach the board through a loopback address
 */
@ConfigurationProperties("board")
record BoardProperties(@DefaultValue("false") boolean editing) {

}
