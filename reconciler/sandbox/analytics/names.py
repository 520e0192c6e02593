"""The metrics and dimensions of analytics queries [SDK 269], and the few values of dimensions that rows here have."""

from __future__ import annotations


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


CONVERSATION_METRICS = _set(
    "nAgentDeclined nAlertExpired nBlindTransferred nBotInteractions nCallbackAttempts nCallbackOverSla "
    "nCallbackScheduled nCfcOffered nCobrowseSessions nConnected nConsult nConsultTransferred nConversations nError "
    "nOffered nOutbound nOutboundAbandoned nOutboundAttempted nOutboundConnected nOverSla nStateTransitionError "
    "nTakeover nTransferred oAudioMessageCount oCallbackServiceLevel oExternalAudioMessageCount oExternalMediaCount "
    "oMediaCount oMessageCount oMessageSegmentCount oMessageTurn oServiceLevel oServiceTarget "
    "oSkillExpressionApplications tAbandon tAcd tActiveCallback tActiveCallbackComplete tAcw tAgentResponseTime "
    "tAgentVideoConnected tAlert tAnswered tAverageAgentResponseTime tAverageCustomerResponseTime tBarging "
    "tCallbackAbandon tCallbackConnect tCallbackNotReached tCallbackVirtualWait tCfcAbandon tCfcAcd tCfcAnswered "
    "tCfcFlowOut tCoaching tCoachingComplete tConnected tContacting tDialing tFirstConnect tFirstDial "
    "tFirstEngagement tFirstResponse tFlowOut tHandle tHeld tHeldComplete tIvr tMonitoring tMonitoringComplete "
    "tNotResponding tPark tParkComplete tScreenMonitoring tShortAbandon tSnippetRecord tTalk tTalkComplete "
    "tTransmitting tUserResponseTime tVoicemail tWait"
)
FLOW_METRICS = _set(
    "nFlow nFlowMilestone nFlowOutcome nFlowOutcomeFailed oFlowMilestone tFlow tFlowDisconnect tFlowExit tFlowOutcome"
)
OBSERVATION_METRICS = _set(
    "oActiveUsers oAlerting oInteracting oMemberUsers oOffQueueUsers oOnQueueUsers oUserPresences "
    "oUserRoutingStatuses oWaiting"
)
OBSERVATION_DIMENSIONS = frozenset(("mediaType", "queueId"))

_SHARED = (
    "activeRouting activeSkillId addressFrom addressTo agentAssistantId agentBullseyeRing agentOwned agentRank "
    "agentScore ani assignerId authenticated canonicalExternalContactId conversationId conversationInitiator "
    "convertedFrom convertedTo customerParticipation deliveryStatus destinationAddress direction disconnectType "
    "divisionId dnis edgeId eligibleAgentCount errorCode extendedDeliveryStatus externalContactId externalMediaCount "
    "externalOrganizationId externalTag firstQueue flaggedReason flowInType flowOutType groupId interactionType "
    "journeyActionId journeyActionMapId journeyActionMapVersion journeyCustomerId journeyCustomerIdType "
    "journeyCustomerSessionId journeyCustomerSessionIdType knowledgeBaseId mediaCount mediaType messageType "
    "originatingDirection outboundCampaignId outboundContactId outboundContactListId participantName peerId "
    "proposedAgentId provider purpose queueId remote removedSkillId requestedLanguageId requestedRouting "
    "requestedRoutingSkillId roomId routingPriority routingRing routingRule routingRuleType scoredAgentId "
    "selectedAgentId selectedAgentRank selfServed sessionDnis sessionId skillExpressionId stationId teamId "
    "usedRouting userId videoPresent waitingInteractionCount wrapUpCode"
)
CONVERSATION_DIMENSIONS = _set(f"{_SHARED} originatingSocialMediaPublic")
"""Flows are not among them: flow aggregates have those."""
FLOW_DIMENSIONS = _set(
    f"{_SHARED} endingLanguage entryReason entryType exitReason flowId flowMilestoneId flowName flowOutcome "
    "flowOutcomeId flowOutcomeValue flowSubType flowType flowVersion recognitionFailureReason startingLanguage "
    "transferTargetAddress transferTargetName transferType"
)

MEDIA = ("voice", "message", "chat", "email", "callback")
ROUTING_STATUSES = ("OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING")
