"""A digital bot for the sandbox tests: a menu, a slot of each kind, a transfer, and both ways to end."""

BOT = """
digitalBot:
  name: Helper
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[start]"
  settingsErrorHandling:
    recognitionFailureEventHandover: {exp: 'ToCommunication("I give up.")'}
  settingsUserInput:
    noMatchesMax: {lit: 2}
    noInputsMax: {lit: 2}
    noInputsTimeout: {lit: {minutes: 2}}
  bots:
    - bot:
        name: Start
        refId: start
        actions:
          - communicate: {name: Greet, communication: {exp: 'MakeCommunication("Hello! ", "I am a \\"bot\\".")'}}
          - digitalMenu:
              name: Ask topic
              question: {exp: 'ToCommunication("How can we help?")'}
              noMatch: {exp: 'ToCommunication("Please pick one.")'}
              chooser:
                lit:
                  presentation: {lit: quickReplies}
                  quickReplies:
                    lit:
                      buttons:
                        lit:
                          - lit: {label: {noValue: true}, value: {lit: Billing}, type: {lit: postback}}
                          - lit: {label: {lit: My order}, value: {lit: order}, type: {lit: postback}}
              outputs:
                maxNoMatches: {enabled: true, actions: [{exitBotFlow: {name: Give up}}]}
                maxNoInputs: {enabled: false}
                paths:
                  - path:
                      name: Billing
                      actions:
                        - transferToAcd:
                            name: To Billing
                            targetQueue: {lit: {name: Billing}}
                            preTransferCommunication: {exp: 'ToCommunication("One moment.")'}
                            failureTransferCommunication: {exp: "ToCommunication(NOT_SET)"}
                  - path:
                      name: order
                      actions: [{jumpToTask: {name: Go, targetTaskRef: "/digitalBot/tasks/task[order]"}}]
          - disconnect: {name: End}
  tasks:
    - task:
        name: Order
        refId: order
        actions:
          - askForSlot:
              name: Ask number
              slot: {name: Order number}
              question: {exp: 'ToCommunication("Which order?")'}
              noInput: {exp: 'ToCommunication("Still there?")'}
              noMatch: {exp: 'ToCommunication("Eight digits, please.")'}
          - askForSlot:
              name: Ask colour
              slot: {name: Colour}
              question: {exp: 'ToCommunication("Which colour?")'}
              outputs:
                default: {actions: [{communicate: {name: Thanks, communication: {exp: 'ToCommunication("Nice.")'}}}]}
          - disconnect: {name: Bye}
  settingsNaturalLanguageUnderstanding:
    nluDomainVersion:
      intents: []
      entities: [{name: Order number, type: OrderType}, {name: Colour, type: ColourType}]
      entityTypes:
        - name: OrderType
          mechanism: {type: Regex, restricted: true, items: [{value: "\\\\b[0-9]{8}\\\\b", synonyms: []}]}
        - name: ColourType
          mechanism:
            type: List
            restricted: true
            items: [{value: red, synonyms: [crimson]}, {value: blue, synonyms: []}]
      language: en-us
      languageVersions: {}
"""

RING = """
digitalBot:
  name: Ring
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[start]"
  bots:
    - bot:
        name: Start
        refId: start
        actions: [{jumpToTask: {name: Go, targetTaskRef: "/digitalBot/tasks/task[a]"}}]
  tasks:
    - task:
        name: A
        refId: a
        actions: [{jumpToTask: {name: Again, targetTaskRef: "/digitalBot/tasks/task[a]"}}]
"""
